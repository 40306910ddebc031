"""The font: every character we have, small, valid, quick."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from agriqa.figures.fonts import missing_glyphs, subset_woff2

ROOT = Path(__file__).parents[2]


def _characters_of_the_reference() -> str:
    files = sorted((ROOT / "data" / "reference").glob("*.csv"))
    return "".join(sorted(set("".join(path.read_text("utf-8") for path in files))))


def test_no_character_of_the_reference_data_is_missing() -> None:
    assert missing_glyphs(_characters_of_the_reference()) == ""


@pytest.mark.parametrize(
    "text", ["噁霉灵", "埇桥区", "浉河区", "犍为县", "筠连县", "珙县", "邛崃市"]
)
def test_rare_characters_of_substances_and_counties_are_there(text: str) -> None:
    assert missing_glyphs(text) == ""


def test_subset_holds_exactly_the_characters_asked_for() -> None:
    font = TTFont(io.BytesIO(subset_woff2("郫都区 98.2%")))
    assert {chr(c) for c in font.getBestCmap()} == set("郫都区 98.2%")


def test_subset_draws_the_same_outlines_as_the_whole_font() -> None:
    from fontTools.pens.recordingPen import RecordingPen

    from agriqa.figures.fonts import font_file

    drawn = []
    with TTFont(font_file()) as whole:
        for font in (whole, TTFont(io.BytesIO(subset_woff2("犍g")))):
            names, glyphs = font.getBestCmap(), font.getGlyphSet()
            for character in "犍g":
                pen = RecordingPen()
                glyphs[names[ord(character)]].draw(pen)
                drawn.append((pen.value, glyphs[names[ord(character)]].width))
    assert drawn[:2] == drawn[2:]


def test_subset_of_the_same_characters_is_the_same_bytes() -> None:
    assert subset_woff2("区都郫") == subset_woff2("郫都区郫")


def test_a_second_page_of_five_hundred_characters_is_quick() -> None:
    text = "".join(chr(c) for c in range(0x4E00, 0x4E00 + 500))
    subset_woff2(text)
    start = time.process_time()
    subset_woff2(text)
    assert time.process_time() - start < 0.15
