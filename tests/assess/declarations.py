"""A small declared index, for tests to write and to spoil."""

from __future__ import annotations

from pathlib import Path

from agriqa.assess.declaration import IndexDeclaration, load_index

STEPS = ("denominate", "screen", "impute", "treat", "normalise", "weigh", "aggregate")

SMALL = """
id = "small"
label = { zh = "小指数", en = "Small index" }
basis = { zh = "试验", en = "A trial" }
first_year = 2019
first_year_reason = { zh = "此前无数", en = "Nothing before" }
grades_reason = { zh = "试验", en = "A trial" }
group = [
  { id = "top", label = { zh = "总", en = "Top" } },
  { id = "green", parent = "top", weight = 3, label = { zh = "绿", en = "Green" }, reason = { zh = "绿重", en = "Green matters" } },
  { id = "safe", parent = "top", weight = 1, label = { zh = "安", en = "Safe" }, reason = { zh = "安轻", en = "Safe less" } },
]
indicator = [
  { measure = "green_control_pct", parent = "green", weight = 1, worst = 0, best = 50, reason = { zh = "防", en = "Control" }, goalposts_reason = { zh = "目标", en = "A goal" }, sources = ["target-0050"] },
  { measure = "straw_use_pct", parent = "green", weight = 3, worst = 50, best = 100, reason = { zh = "秸秆", en = "Straw" }, goalposts_reason = { zh = "另一目标", en = "Another goal" } },
  { measure = "pass_rate_pct", parent = "safe", worst = 90, best = 100, reason = { zh = "合格", en = "Passing" }, goalposts_reason = { zh = "要求", en = "Asked for" } },
]
grade = [
  { label = { zh = "上", en = "High" }, at_least = 80 },
  { label = { zh = "下", en = "Low" } },
]
left_out = [{ measures = ["samples_n"], reason = { zh = "规模", en = "Size" } }]

[choices.screen]
method = "none"

[choices.normalise]
method = "goalposts"

[[weights]]
id = "other"
label = { zh = "另", en = "Other" }
reason = { zh = "对照", en = "To compare" }

[weights.values]
green = 1
safe = 1
green_control_pct = 1
straw_use_pct = 0
pass_rate_pct = 1

[reasons]
"""  # noqa: E501
SMALL += "".join(f'{step} = {{ zh = "{step}之故", en = "why {step}" }}\n' for step in STEPS)


def declared(folder: Path, *changes: tuple[str, str], name: str = "small") -> IndexDeclaration:
    """Write the small index with some of its text changed, and load it."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "indexes").mkdir(parents=True, exist_ok=True)
    (folder / "indexes" / f"{name}.toml").write_text(text, "utf-8")
    return load_index(folder, name)
