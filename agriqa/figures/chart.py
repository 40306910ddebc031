"""The figure all charts are drawn on."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from agriqa.errors import AgriqaError
from agriqa.figures.fonts import MissingGlyphError, register_fonts
from agriqa.figures.theme import MUTED, TARGET, WIDTH, drawing
from agriqa.figures.words import Language

_SCREEN_DPI = 90  # of the picture shown where SVG is not
_SOURCE_LINE = 0.17  # inches a further line of the source takes
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_GROUP_ID = re.compile(r'<g id="[a-zA-Z0-9.]+_\d+">')
_ATTRIBUTE = re.compile(r'="[^"<>]*"')
_TYPE_SIZE = re.compile(r"font-size: ([\d.]+)px")
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")
_MISSING_GLYPH = re.compile(r"Glyph (\d+) ")


class NothingToShowError(AgriqaError):
    """There is no value to draw."""

    def __init__(self, what_zh: str, what_en: str) -> None:
        super().__init__(f"“{what_zh}”没有可画的数值。 / There is no value of {what_en!r} to draw.")


@dataclass(frozen=True)
class Caption:
    """What stands under a chart, and whether its data are simulated.

    Parameters
    ----------
    source : str
        The source line, e.g. ``"来源：……；快照 1a2b3c"``.
    simulated : bool
        Puts the mark 模拟 into the corner.
    language : {"zh", "en"}
        Of every label of the chart.
    """

    source: str
    simulated: bool = False
    language: Language = "zh"


@dataclass(frozen=True)
class Margins:
    """Room around the axes [inches]: the same on every chart, so that they line up."""

    left: float = 0.58
    right: float = 0.12
    top: float = 0.78
    bottom: float = 0.48


class Chart(Figure):
    """A matplotlib Figure in agriqa's look that shows itself in a notebook.

    Parameters
    ----------
    title : str
        What is shown; above the chart.
    subtitle : str
        Unit, period and n; under the title.
    alt : str
        The chart in words, for those who cannot see it.
    caption : Caption
        Source line, mark and language.
    height : float
        Height [inches], without further lines of a long source line.
    width : float
        Width [inches].
    margins : Margins
        Room around the axes [inches].
    """

    def __init__(
        self,
        *,
        title: str,
        alt: str,
        caption: Caption,
        height: float,
        width: float = WIDTH,
        subtitle: str = "",
        margins: Margins = Margins(),
    ) -> None:
        register_fonts()
        source = _folded(caption.source)
        more = _SOURCE_LINE * source.count("\n")
        height += more
        with drawing():
            super().__init__(figsize=(width, height))
            FigureCanvasAgg(self)
            self.title, self.alt, self.caption = title, alt, caption
            self.subplots_adjust(
                left=margins.left / width,
                right=1 - margins.right / width,
                top=1 - margins.top / height,
                bottom=(margins.bottom + more) / height,
            )
            self._write(title, y=1, points=-4, va="top", size=11.5)
            self._write(subtitle, y=1, points=-23, va="top", color=MUTED)
            self._write(source, y=0, points=3, va="bottom", size=7.5, color=MUTED, linespacing=1.5)
            if caption.simulated:
                mark = "模拟" if caption.language == "zh" else "SIMULATED"
                place = self.transFigure + ScaledTranslation(-6 / 72, -6 / 72, self.dpi_scale_trans)
                self.text(
                    1, 1, mark, ha="right", va="top", size=9, color=TARGET, transform=place,
                )  # fmt: skip

    def _write(self, text: str, *, y: float, points: float, va: str, **style: Any) -> None:
        """Write at the left edge, some points above or below the edge `y`."""
        if text:
            place = self.transFigure + ScaledTranslation(2 / 72, points / 72, self.dpi_scale_trans)
            self.text(0, y, text, ha="left", va=va, transform=place, **style)

    def svg(self) -> str:
        """Return the chart as an SVG element with its alternative text.

        Letters stay letters, so the page's own font draws them.

        Raises
        ------
        MissingGlyphError
            If a character is in neither font.
        """
        raw = self._render("svg", metadata=_NO_METADATA).decode("utf-8")
        body = raw[raw.index("<svg") :]
        body = _GROUP_ID.sub("<g>", body)
        body = _ATTRIBUTE.sub(lambda found: _LONG_NUMBER.sub(r"\1", found[0]), body)
        # A page may enlarge the letters where the chart itself is drawn small.
        body = _TYPE_SIZE.sub(r"font-size: calc(\1px * var(--type, 1))", body)
        head, rest = body.split(">", 1)
        head = re.sub(r' (width|height)="[^"]*pt"', "", head)
        return (
            f'{head} role="img" aria-label={quoteattr(self.alt)}>'
            f"<title>{escape(self.title or self.alt)}</title>{rest.strip()}"
        )

    def png(self, *, dpi: int = _SCREEN_DPI) -> bytes:
        """Return the chart as a PNG file; raises MissingGlyphError like `svg`."""
        return self._render("png", dpi=dpi, pil_kwargs={"compress_level": 4})

    def _render(self, fmt: str, **options: Any) -> bytes:
        out = io.BytesIO()
        with warnings.catch_warnings(record=True) as caught, drawing():
            warnings.simplefilter("always")
            self.savefig(out, format=fmt, **options)
        lost = [m for w in caught if (m := _MISSING_GLYPH.match(str(w.message)))]
        if lost:
            raise MissingGlyphError("".join(sorted({chr(int(m[1])) for m in lost})))
        for warning in caught:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
        return out.getvalue()

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        # Jupyter shows SVG in a trusted notebook only, PNG in any.
        png = base64.b64encode(self.png()).decode("ascii")
        return {"image/svg+xml": self.svg(), "image/png": png, "text/plain": self.alt}


def _folded(text: str, *, width: int = 84) -> str:
    """Break a long source line after a separator; a Chinese character counts double.

    Examples
    --------
    >>> print(_folded("a, b, c", width=4))
    a,
    b, c
    """
    lines, line = [], ""
    for part in re.findall(r"[^、；;,]+[、；;,]?", text):
        if line and _width(line + part) > width:
            lines.append(line.strip())
            line = ""
        line += part
    return "\n".join([*lines, line.strip()])


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in text)
