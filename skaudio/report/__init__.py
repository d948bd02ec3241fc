"""What was found, as one HTML file that can be sent: figures, tables and players inside of it."""

from skaudio.report._evaluation import evaluation_report

__all__ = ["evaluation_report"]
