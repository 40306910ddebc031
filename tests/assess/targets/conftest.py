"""A snapshot of a few hand-written targets and what they are read from."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from agriqa.assess.targets import TargetResult, track_targets
from agriqa.measures import compute
from agriqa.store import Snapshot
from tests.measures.handmade import SAMPLES, frozen, sample_rows

SETTINGS = """
counting_units = ["个"]
minimum_points = 4

[[set_in]]
targets = ["set-later", "set-later-worded"]
year = 2018

[[treatment]]
targets = ["set-later"]
series = ["绿色防控覆盖率"]
county_measure = "green_control_pct"

[[treatment]]
targets = ["set-later-worded"]
why = "definition"
note = { zh = "没有算法", en = "no formula" }

[[treatment]]
targets = ["stated-base"]
series = ["产品数"]
base_years = [2017]

[[treatment]]
targets = ["base-unread"]
why = "not_collected"
note = { zh = "未收集", en = "not collected" }

[[treatment]]
targets = ["gained"]
series = ["产品数"]
change = "percent_from_base"
base_years = [2018]

[[treatment]]
targets = ["rate", "rate-high", "rate-rounded", "rate-late", "rate-low"]
series = ["绿色防控覆盖率"]
county_measure = "green_control_pct"

[[treatment]]
targets = ["lower-of-two"]
series = ["化肥利用率", "农药利用率"]

[[treatment]]
targets = ["ours", "elsewhere-named"]

[[treatment]]
targets = ["yearly-worst"]
series = ["化肥使用量"]
mode = "every_year"
since = 2015
change = "percent_from_year_before"

[[treatment]]
targets = ["this-year"]
series = ["新标准"]
mode = "in_year"

[[treatment]]
targets = ["each-year"]
series = ["新标准"]
mode = "every_year"

[[treatment]]
targets = ["summed"]
series = ["新标准"]
mode = "cumulative"
since = 2016

[[treatment]]
targets = ["fall"]
series = ["化肥使用量"]
unit = "t"
mode = "in_year"
change = "from_year_before"
factor = -1.0

[[treatment]]
targets = ["from-base"]
series = ["化肥使用量"]
change = "percent_from_base"
base_years = [2014, 2015]

[[treatment]]
targets = ["target-0113"]
series = ["产品数"]
base_years = [2016]

[[treatment]]
targets = ["listed", "listed-more"]
partial = true
count.programme = ["示范县"]

[[treatment]]
targets = ["listed-share"]
partial = true
count.programme = ["示范县"]
count.share = true

[[treatment]]
targets = ["listed-one"]
goal = 1.0
partial = true
count = { programme = ["示范县"], counties = ["510104"] }

[[treatment]]
targets = ["lowest"]
measure = "green_control_pct"
lowest_of = "county"

[[treatment]]
targets = ["words"]
why = "qualitative"
"""

HEADER = (
    "target_id,programme,level,area,area_code,indicator,measure,comparator,value,value_text,"
    "unit_of_value,deadline_year,baseline,origin"
)
# What a target states of its base.
BASELINES = {"stated-base": "110", "base-unread": "8", "from-base": "2014-2015年均1010.2"}
# Area, its code, measure, comparator, value, words, unit, deadline.
TARGETS = {
    "rate": "四川省,510000,,>=,40,,%,2020",
    "rate-high": "四川省,510000,,>=,60,,%,2020",
    "rate-low": "成都市,510100,,>=,20,,%,2020",
    "rate-rounded": "四川省,510000,,>=,34,,%,2018",
    "rate-late": "四川省,510000,,>=,50,,%,2019",
    "lower-of-two": "全国,,,>=,40,,%,2018",
    "ours": "成都市,510100,pass_rate_pct,>=,97,,%,2018",
    "elsewhere-named": "全国,,pass_rate_pct,>=,97,,%,2018",
    "yearly-worst": "全国,,,<=,1,,%,2019",
    "this-year": "四川省,510000,,=,25,,项,2018",
    "each-year": "四川省,510000,,>=,20,,项,",
    "summed": "四川省,510000,,=,60,,项,2020",
    "fall": "全国,,,=,202000,,t,2018",
    "from-base": "全国,,,<=,0,,%,2020",
    "target-0113": "四川省,510000,,=,200,,个,2020",
    "listed": "四川省,510000,,=,2,,个,2020",
    "listed-more": "四川省,510000,,=,9,,个,2020",
    "listed-share": "成都市,510100,,>=,10,,%,2020",
    "listed-one": "成都市,510100,,=,,锦江区,,2020",
    "lowest": "四川省,510000,,>=,30,,%,",
    "words": "四川省,510000,,=,,建立,,2020",
    "set-later": "四川省,510000,,>=,30,,%,2020",
    "set-later-worded": "四川省,510000,,>=,30,,%,2020",
    "stated-base": "四川省,510000,,=,210,,个,2021",
    "base-unread": "全国,,,>=,9,,%,2021",
    "gained": "四川省,510000,,>=,3,,%,2021",
    "untreated": "四川省,510000,,=,1,,个,2020",
}
FIGURES_HEADER = (
    "figure_id,indicator,area_level,area,area_code,period,year,value,unit_of_value,qualifier,origin"
)
# Indicator, level, area, code, period, year, value, unit, qualifier.
FIGURES = [
    *(
        f"绿色防控覆盖率,province,四川省,510000,{year},{year},{value},%,"
        for year, value in ((2014, 26.1), (2015, 28.0), (2016, 30.2), (2017, 31.9), (2018, 34),
                            (2019, 48.0))
    ),
    "绿色防控覆盖率,province,四川省,510000,2018H1,,99,%,",
    "绿色防控覆盖率,province,四川省,510000,2018,2018,77,%,存疑",
    "化肥利用率,national,全国,,2017,2017,37.8,%,",
    "化肥利用率,national,全国,,2018,2018,40.9,%,",
    "农药利用率,national,全国,,2016,2016,36.0,%,",
    "农药利用率,national,全国,,2018,2018,39.8,%,",
    *(
        f"化肥使用量,national,全国,,{year},{year},{value},万吨,"
        for year, value in ((2014, 1000.1), (2015, 1020.3), (2016, 1025.2), (2017, 1010.4),
                            (2018, 990.2))
    ),
    *(
        f"新标准,province,四川省,510000,{year},{year},{value},项,"
        for year, value in ((2015, 90), (2016, 21), (2017, 22), (2018, 19), (2019, 40))
    ),
    "产品数,province,四川省,510000,2016,2016,100,个,",
    "产品数,province,四川省,510000,2018,2018,160,个,",
]  # fmt: skip
BASES = """base_id,programme,level,name,county_code,prefecture_code,status,year_from,origin
b1,示范县,provincial,锦江区,510104,510100,命名,2016,published
b2,示范县,provincial,锦江区,510104,510100,命名,2017,published
b3,示范县,provincial,郫都区,510117,510100,命名,2018,published
b4,示范县,provincial,金牛区,510106,510100,公示,2017,published
b5,示范县,provincial,青羊区,510105,510100,命名,,published
b6,示范县,provincial,武侯区,510107,510100,命名,2019,published
"""
GREENING = "county_code,year,cultivated_ha,green_control_pct\n" + "".join(
    f"{county},{year},1000,{value + year - 2018}\n"
    for year in (2017, 2018, 2019)
    for county, value in (("510104", 28), ("510117", 45))
)


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Targets of every kind, with figures, samples, returns and a list to read them from."""
    targets = [
        f"{name},计划,provincial,{a},{code},某指标,{measure},{comparator},{value},{words},{unit},"
        f"{deadline},{BASELINES.get(name, '')},published"
        for name, line in TARGETS.items()
        for a, code, measure, comparator, value, words, unit, deadline in [line.split(",")]
    ]
    figures = [f"f{i},{line},published" for i, line in enumerate(FIGURES)]
    files = {
        "sample": SAMPLES + sample_rows("a", "锦江区", "2018-05-01", 97, 3),
        "greening": GREENING,
        "base": BASES,
        "target": "\n".join([HEADER, *targets]) + "\n",
        "published_figure": "\n".join([FIGURES_HEADER, *figures]) + "\n",
    }
    made = frozen(tmp_path_factory.mktemp("targets") / "project", files)
    Path(made.project.config / "targets.toml").write_text(SETTINGS, "utf-8")
    return made


@pytest.fixture(scope="session")
def tidy(snapshot: Snapshot) -> pd.DataFrame:
    """The measures behind the targets, computed once."""
    return compute(snapshot, ["pass_rate_pct", "green_control_pct"])


@pytest.fixture(scope="session")
def track(snapshot: Snapshot, tidy: pd.DataFrame) -> Callable[[int], TargetResult]:
    """Track the targets in a year."""
    return cache(lambda period: track_targets(snapshot, period=period, tidy=tidy))
