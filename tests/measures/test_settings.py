from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.measures.settings import Settings, SettingsError, check_codes, load_settings


class Pair(Settings):
    left: int
    right: int = 0


def test_a_file_becomes_its_model(tmp_path: Path) -> None:
    (tmp_path / "pair.toml").write_text("left = 1", "utf-8")
    assert load_settings(tmp_path / "pair.toml", Pair) == Pair(left=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("left = 1\nmiddle = 2", "middle"),
        ("left = 'x'", "left"),
        ("left =", "end of document"),
        ("", "left"),
    ],
)
def test_a_wrong_file_says_where_in_both_languages(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "pair.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=rf"(?s)有误.*{said}.*pair\.toml is not valid"):
        load_settings(tmp_path / "pair.toml", Pair)


def test_a_missing_file_is_named_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"找不到参数文件.*pair\.toml is missing"):
        load_settings(tmp_path / "pair.toml", Pair)


def test_an_unknown_code_lists_the_allowed_ones() -> None:
    check_codes("product_class", ["tea", "fruit"])
    with pytest.raises(ValueError, match=r"'teas'.*'tea'"):
        check_codes("product_class", ["teas"])
