"""What a chart says."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from agriqa.figures.chart import Chart


def texts(chart: Chart) -> list[str]:
    """Return the texts of the chart as drawn."""
    root = ET.fromstring(chart.svg())
    return [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text")]
