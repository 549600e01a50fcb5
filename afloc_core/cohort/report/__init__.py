"""The report of a cohort: one HTML file that needs nothing else."""

from afloc_core.cohort.report.writing import write_report

__all__ = ["write_report"]
