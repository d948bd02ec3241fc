"""Reports as one HTML file to send: tables, the sounds they play and their CSV are inside of it."""

from skaudio.report._dataset import dataset_report
from skaudio.report._evaluation import evaluation_report

__all__ = ["dataset_report", "evaluation_report"]
