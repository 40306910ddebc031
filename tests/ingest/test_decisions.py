from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agriqa.ingest.decisions import (
    NameDecision,
    add_decisions,
    is_writable,
    read_decisions,
    spelled,
)

HEAD = "kind,sender,text,target,decision,decided_on,note"

words = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), codec="utf-8"), max_size=12
).map(str.strip)
pending = st.builds(
    NameDecision,
    kind=st.sampled_from(["county", "brand", "product"]),
    sender=st.sampled_from(["", "泸州市"]),
    text=words,
    target=st.sampled_from(["510131", "甲", "乙,丙", '"丁"']),
    note=words,
)


def _lines(path: Path) -> list[NameDecision]:
    return [d for _, d in read_decisions(path, NameDecision)]


def _same(d: NameDecision) -> tuple[object, ...]:
    return (*d.key, d.target)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(pending, max_size=6), st.lists(pending, max_size=6))
def test_what_is_written_is_read_back(
    tmp_path: Path, first: list[NameDecision], second: list[NameDecision]
) -> None:
    path = tmp_path / "names.csv"
    path.unlink(missing_ok=True)
    add_decisions(path, first, NameDecision)
    add_decisions(path, second, NameDecision)
    wanted = {_same(d): d for d in (*second, *first) if is_writable(d)}
    found = _lines(path)
    assert {_same(d) for d in found} == set(wanted)
    assert len(found) == len(wanted)
    assert set(found) <= {*first, *second}
    before = path.read_bytes() if path.exists() else None
    assert add_decisions(path, [*first, *second], NameDecision) == 0
    assert (path.read_bytes() if path.exists() else None) == before


def test_lines_are_put_at_their_place_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    lines = [
        HEAD,
        "brand,,丙,b3,no,2024-05-01,",
        "# 2024 年春季核对",
        'product,,红苕,甘薯,yes,2024-05-01,"两行\r\n备注"',
        "",
    ]
    path.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    added = [NameDecision("county", "", "浦江县", "510131")]
    assert add_decisions(path, added, NameDecision) == 1
    wanted = [*lines[:2], "county,,浦江县,510131,,,", *lines[2:]]
    assert path.read_bytes() == "\r\n".join(wanted).encode("utf-8-sig")


def test_a_decided_line_is_never_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text(f"{HEAD}\ncounty,,浦 江县,510131,no,2024-05-01,", "utf-8")
    assert add_decisions(path, [NameDecision("county", "", "浦江县", "510131")], NameDecision) == 0


def test_a_last_line_without_an_end_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text(f"{HEAD}\nbrand,,甲,b1,yes,2024-05-01,", "utf-8")
    add_decisions(path, [NameDecision("product", "", "乙", "丙")], NameDecision)
    assert [d.text for d in _lines(path)] == ["甲", "乙"]


def test_formulas_and_control_characters_are_not_written(tmp_path: Path) -> None:
    hostile = ["=1+1", "+1", "-1", "@a", "a\x00", "a\nb", "x" * 500, "", " "]
    added = [NameDecision("product", "", text, "甲") for text in hostile]
    assert add_decisions(tmp_path / "names.csv", added, NameDecision) == 0
    assert not (tmp_path / "names.csv").exists()


def test_excel_knows_the_file_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "config" / "names.csv"
    add_decisions(path, [NameDecision("product", "", "甲", "乙")], NameDecision)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfkind,")
    assert [p.name for p in path.parent.iterdir()] == ["names.csv"]


@given(words)
def test_spelling_twice_is_spelling_once(text: str) -> None:
    assert spelled(spelled(text)) == spelled(text)
