"""An executed notebook as one self-contained page: readers see no code."""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agriqa.figures.fonts import subset_woff2
from agriqa.figures.words import Language

if TYPE_CHECKING:
    from nbconvert.exporters import HTMLExporter
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).parent / "templates"
FONT_PLACEHOLDER = "/*agriqa-font*/"


@dataclass(frozen=True)
class PageMeta:
    """What a page says about itself around the notebook's content.

    Parameters
    ----------
    title : str
        Title of the window and of the printed footer, e.g. ``"郫都区 2021 年"``.
    edition, snapshot, version, made_on : str
        Edition, snapshot of the data, version of agriqa and the date of making.
    period : int
        The year the report is about.
    simulated : bool
        Puts the banner 含模拟数据 on the page.
    language : {"zh", "en"}
        Language of the frame; of cells tagged ``zh`` or ``en`` only these show.
    project : str
        Name of the project in the strip at the top.
    back : str, optional
        Relative link to the index page; None for a page that stands alone.
    notebook : str, optional
        Relative link to the executed notebook.
    """

    title: str
    edition: str
    snapshot: str
    period: int
    version: str
    made_on: str
    simulated: bool
    language: Language = "zh"
    project: str = ""
    back: str | None = "../index.html"
    notebook: str | None = None


def render_page(nb: NotebookNode, *, meta: PageMeta) -> str:
    """Return the page of an executed notebook.

    The page needs nothing else: style, pictures and a font of exactly its
    characters are inside, and it asks no other host for anything.

    Parameters
    ----------
    nb : NotebookNode
        The executed notebook.
    meta : PageMeta
        What the page says about itself.
    """
    body, _ = _exporter().from_notebook_node(nb, resources={"agriqa": asdict(meta)})
    return embed_font(body)


def embed_font(html: str) -> str:
    """Put a font of the page's own characters in place of the placeholder.

    Examples
    --------
    >>> "data:font/woff2" in embed_font(f"<style>{FONT_PLACEHOLDER}</style>郫都区")
    True
    """
    font = base64.b64encode(subset_woff2(html)).decode("ascii")
    rule = (
        '@font-face{font-family:"Agriqa Sans";font-display:block;'
        f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
    )
    return html.replace(FONT_PLACEHOLDER, rule, 1)


def css_string(text: str) -> str:
    r"""Write `text` as a CSS string that can end neither itself nor the style.

    Examples
    --------
    >>> print(css_string('郫都区 "2021"'))
    "郫都区 \22 2021\22 "
    """
    safe = re.sub(r"[^\w \-.,:()，。：（）]", lambda m: f"\\{ord(m[0]):x} ", text)
    return f'"{safe}"'


@cache
def _exporter() -> HTMLExporter:
    """One exporter for all pages of the process: making one takes 0.15 s."""
    from nbconvert.exporters import HTMLExporter

    options: dict[str, Any] = {
        "template_name": "agriqa",
        "extra_template_basedirs": [str(TEMPLATES)],
        "exclude_anchor_links": True,
        "filters": {"css_string": css_string},
    }
    return HTMLExporter(**options)
