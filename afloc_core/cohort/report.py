"""The report: one HTML file that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from afloc_core.cohort.statistics import MEASURES
from afloc_core.cohort.writing import summary_of, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from afloc_core.cohort.evaluation import Evaluation

_TEMPLATE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Cohort report</title>
<h1>Cohort report</h1><p>Research use only. {{ summary.protocol.title }}.</p>
<table><tr><th>Finding{% for name in measures %}<th>{{ name }}{% endfor %}</tr>
{% for finding, figures in summary.findings.items() %}<tr><th>{{ finding }}
{% for name in measures %}<td>{{ figures[name].mean }}{% endfor %}</tr>{% endfor %}</table>
</html>
"""


def write_report(evaluation: Evaluation, folder: Path) -> None:
    """Write ``report.html``."""
    from jinja2 import Environment

    template = Environment(autoescape=True).from_string(_TEMPLATE)
    write_file(folder / "report.html", template.render(summary=summary_of(evaluation), measures=MEASURES))
