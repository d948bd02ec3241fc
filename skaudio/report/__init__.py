"""Reports of evaluations as one HTML file to send: its tables, the sounds it plays and its CSV are inside of it."""

from skaudio.report._evaluation import evaluation_report

__all__ = ["evaluation_report"]
