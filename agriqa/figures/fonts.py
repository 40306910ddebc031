"""The Chinese font: registered for figures, cut down to what a page uses."""

from __future__ import annotations

import io
import struct
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agriqa.errors import AgriqaError

if TYPE_CHECKING:
    from fontTools.misc.psCharStrings import T2CharString
    from fontTools.ttLib import TTFont

FAMILY = ("DejaVu Sans", "Noto Sans SC")
_SUBSET_NAME = "Noto Sans SC"
# WOFF2 numbers the tables every font has (W3C WOFF2, section 4.1).
_WOFF2_TABLES = {
    "cmap": 0, "head": 1, "hhea": 2, "hmtx": 3, "maxp": 4, "name": 5, "OS/2": 6, "post": 7,
    "CFF ": 13,
}  # fmt: skip
# Quality 9 is 6 % larger than the best and thirteen times as fast.
_BROTLI_QUALITY = 9


class MissingGlyphError(AgriqaError):
    """A text has a character that no font of the figures can draw."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        listed = "、".join(f"{c} (U+{ord(c):04X})" for c in characters)
        super().__init__(
            f"字体缺少字符：{listed}。请改写该文字。 / No glyph for: {listed}. Reword the text."
        )


def font_file() -> Path:
    """Return the path of Noto Sans SC (SIL Open Font Licence)."""
    from pylopdf_fonts_zh_cn import sans_path

    return Path(sans_path())


@cache
def register_fonts() -> None:
    """Make Noto Sans SC known to matplotlib; later calls do nothing."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(font_file())


def missing_glyphs(text: str) -> str:
    r"""Return the characters of `text` that Noto Sans SC lacks, sorted, once each.

    Spaces and line breaks need no glyph.

    Examples
    --------
    >>> missing_glyphs("噁霉灵、埇桥区"), missing_glyphs("ok \U0001f33e")
    ('', '🌾')
    """
    known = _coverage()
    return "".join(sorted(c for c in set(text) if not c.isspace() and ord(c) not in known))


def subset_woff2(text: str) -> bytes:
    """Return a WOFF2 font with the glyphs of `text` that Noto Sans SC has.

    The same set of characters gives the same bytes. Outlines are kept in
    memory between calls: a page of 500 characters takes some 50 ms.

    Examples
    --------
    >>> subset_woff2("郫都区")[:4]
    b'wOF2'
    """
    known = _coverage()
    wanted = sorted(c for c in {*text, " "} if ord(c) in known)
    outlines = _outlines(wanted)
    return _woff2(_build(wanted, outlines))


@cache
def _coverage() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), lazy=True) as font:
        return frozenset(font.getBestCmap())


_Outline = tuple[bytes, int]
_CACHE: dict[str, _Outline] = {}


def _outlines(characters: list[str]) -> dict[str, _Outline]:
    """Return byte code and advance width [1/1000 em] by character, plus ``.notdef``."""
    absent = [c for c in characters if c not in _CACHE]
    if absent or ".notdef" not in _CACHE:
        with _cut(absent) as font:
            names = font.getBestCmap()
            strings = font["CFF "].cff.topDictIndex[0].CharStrings
            for key in [".notdef", *absent]:
                name = key if key == ".notdef" else names[ord(key)]
                outline: T2CharString = strings[name]
                outline.compile()
                _CACHE[key] = (bytes(outline.bytecode), int(font["hmtx"][name][0]))
    return {key: _CACHE[key] for key in [".notdef", *characters]}


def _cut(characters: list[str]) -> TTFont:
    """Return Noto Sans SC with `characters` only, outlines free of subroutines."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(hinting=False, desubroutinize=True, notdef_outline=True)
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx"]
    font = TTFont(font_file(), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in characters])
    subsetter.subset(font)
    return font


@cache
def _metrics() -> dict[str, int]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), lazy=True) as font:
        hhea, os2 = font["hhea"], font["OS/2"]
        return {
            "em": font["head"].unitsPerEm,
            "ascent": hhea.ascent,
            "descent": hhea.descent,
            "typo_ascent": os2.sTypoAscender,
            "typo_descent": os2.sTypoDescender,
            "win_ascent": os2.usWinAscent,
            "win_descent": os2.usWinDescent,
        }


def _build(characters: list[str], outlines: dict[str, _Outline]) -> TTFont:
    """Assemble a font of the given outlines, without hints and layout features."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.misc.psCharStrings import T2CharString

    size = _metrics()
    names = {c: f"u{ord(c):05X}" for c in characters}
    order = [".notdef", *names.values()]
    keys = [".notdef", *characters]
    builder = FontBuilder(size["em"], isTTF=False)
    builder.font.recalcBBoxes = builder.font.recalcTimestamp = False
    builder.updateHead(created=0, modified=0)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(c): name for c, name in names.items()})
    strings = {n: T2CharString(outlines[k][0]) for n, k in zip(order, keys, strict=True)}
    info = {"FamilyName": _SUBSET_NAME}
    builder.setupCFF("NotoSansSC-Subset", info, strings, {"nominalWidthX": 0})
    builder.setupHorizontalMetrics(
        {n: (outlines[k][1], 0) for n, k in zip(order, keys, strict=True)}
    )
    builder.setupHorizontalHeader(ascent=size["ascent"], descent=size["descent"])
    builder.setupOS2(
        sTypoAscender=size["typo_ascent"],
        sTypoDescender=size["typo_descent"],
        usWinAscent=size["win_ascent"],
        usWinDescent=size["win_descent"],
    )
    builder.setupNameTable({"familyName": _SUBSET_NAME, "styleName": "Regular"})
    builder.setupPost(keepGlyphNames=False)
    return builder.font


def _woff2(font: TTFont) -> bytes:
    """Pack `font` as WOFF2 with untransformed tables.

    fontTools packs with brotli's slowest setting only, 0.3 s for a page.
    """
    import brotli
    from fontTools.ttLib import TTFont

    raw = io.BytesIO()
    font.save(raw, reorderTables=False)
    with TTFont(io.BytesIO(raw.getvalue()), lazy=True) as saved:
        tables = [(tag, saved.reader[tag]) for tag in sorted(saved.reader.keys())]
    directory = b"".join(bytes([_WOFF2_TABLES[tag]]) + _base128(len(t)) for tag, t in tables)
    data = brotli.compress(
        b"".join(t for _, t in tables), mode=brotli.MODE_FONT, quality=_BROTLI_QUALITY
    )
    start = 48 + len(directory)
    padding = b"\0" * (-(start + len(data)) % 4)
    sfnt_size = 12 + 16 * len(tables) + sum(len(t) + -len(t) % 4 for _, t in tables)
    header = struct.pack(
        ">4s4sIHHIIHHIIIII",
        b"wOF2", b"OTTO", start + len(data) + len(padding), len(tables), 0, sfnt_size, len(data),
        1, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return header + directory + data + padding


def _base128(number: int) -> bytes:
    """Write `number` in WOFF2's variable length form (UIntBase128).

    Examples
    --------
    >>> _base128(63).hex(), _base128(0x3FFF).hex()
    ('3f', 'ff7f')
    """
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
