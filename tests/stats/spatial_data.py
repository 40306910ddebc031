"""Published areas with neighbours, for the tests of spatial statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd

from agriqa.stats.spatial_weights import SpatialWeights, Style, spatial_weights

# 49 neighbourhoods of Columbus, Ohio (Anselin, 1988), as in PySAL's and spData's columbus:
# residential burglaries and vehicle thefts per thousand households, household income
# [thousand dollars], and the neighbourhood number that orders spdep's older COL.OLD.
_CRIME = """
15.72598 18.801754 30.626781 32.38776 50.73151 26.066658 0.178269 38.425858 30.515917 34.000835
62.275448 56.705669 46.716129 57.066132 48.585487 54.838711 36.868774 43.962486 54.521965 0.223797
40.074074 33.705048 20.048504 38.297871 61.299175 40.969742 52.79443 56.919785 60.750446 68.892044
17.677214 19.145592 41.968163 23.974028 39.175053 14.305556 42.445076 53.710938 19.100863
16.241299 18.905146 16.49189 36.663612 25.962263 29.028488 16.530533 27.822861 26.645266 22.541491
"""
_INCOME = """
19.531 21.232 15.956 4.477 11.252 16.028999 8.438 11.337 17.586 13.598 7.467 10.048 9.549 9.963
9.873 7.625 9.798 13.185 11.618 31.07 10.655 11.709 21.155001 14.236 8.461 8.085 10.822 7.856
8.681 13.906 16.940001 18.941999 9.918 14.948 12.814 18.739 17.017 11.107 18.476999 29.833
22.207001 25.872999 13.38 16.961 14.135 18.323999 18.950001 11.813 18.796
"""
_NUMBER = """
1005 1001 1006 1002 1007 1008 1004 1003 1018 1010 1038 1037 1039 1040 1009 1036 1011 1042 1041
1017 1043 1019 1012 1035 1032 1020 1021 1031 1033 1034 1045 1013 1022 1044 1023 1046 1030 1024
1047 1016 1014 1049 1029 1025 1028 1048 1015 1027 1026
"""
# Later neighbours of each in queen contiguity (PySAL's columbus.gal, 236 links).
_QUEEN = """
2 3; 3 4; 4 5; 5 8; 6 8 9 11 15 16; 9; 8 12 13 14; 11 12 13; 10 15 20 22 25 26; 17 20 22; 12 15
16; 13 14 16; 14; 16 18 19; 16 25 26; 18 24 25; 20 23; 19 24; 24; 22 23 27 32 33 35 40; 24 30 34;
26 27 28; 32; 25 29 30; 26 28 29 30; 28 29; 28 33; 29 33 35 37 38; 30 37 38; 37; 34 36 39; 40 41;
35; 36 42; 38 40 43 44; 39 42 46; 38 43 45; 43 44; 46; 41 47; 47; ; 44 45 48; 48 49; 48 49; ; ;
49;
"""

# 100 counties of North Carolina (Cressie and Chan, 1989; spData's nc.sids and ncCC89.gal):
# county code, with later neighbours within 30 miles; live births 1974-78 and sudden infant
# deaths.
_COUNTIES = """
1: 33 37 63 81 135; 3: 27 35 97 193; 5: 9 171 193; 7: 123 153 167 179; 9: 189 193; 11: 23 27 111
121 189 199; 13: 117 147 187; 15: 41 91 117 187; 17: 47 155; 19: 129; 21: 87 89 111 115 175 199;
23: 27 35 111 121 161; 25: 119 159 167 179; 27: 35 111 189 193; 29: 53 139 143 177; 31: 137; 33:
135 145 157; 35: 71 97 109; 37: 63 85 105 125 135 183; 39: 43 75; 41: 73 91 117 139 143 177 187;
43: 75 113; 45: 71 109 161; 47: 155; 49: 103 137; 51: 85 93 163; 53: 139; 55: ; 57: 59 67 151 159;
59: 67 97 159 197; 61: 141 163; 63: 77 135 145 183; 65: 83 117 127 147 195; 67: 81 169 197; 69: 77
127 181 183 185; 71: 109 119; 73: 91 143; 75: 113 173; 77: 145 181 185; 79: 107 147 191 195; 81:
151 157; 83: 131; 85: 101 105 183; 87: 99 115 173 175; 89: 149 161 175; 91: 131 143; 93: 125 155
165; 95: ; 97: 109 159 193 197; 99: 113 173 175; 101: 183 191 195; 103: 107 133; 105: 125; 107:
147 191; 109: 119; 111: 121 161 199; 113: 173; 115: 199; 117: 147 187; 119: 179; 121: 189 199;
123: 125 151 167; 125: ; 127: 195; 129: 141; 131: ; 133: ; 135: 145; 137: ; 139: 143 177; 141: ;
143: 177 187; 145: ; 147: ; 149: 161; 151: ; 153: 165; 155: 165; 157: 169; 159: 167; 161: ; 163: ;
165: ; 167: ; 169: 171; 171: 193 197; 173: ; 175: ; 177: 187; 179: ; 181: 185; 183: ; 185: ; 187:
; 189: ; 191: 195; 193: 197; 195: ; 197: ; 199:
"""
_BIRTHS = """
4672 1333 487 1570 1091 781 2692 1324 1782 2181 7515 3573 4099 3609 286 2414 1035 5754 1646 1027
751 284 4866 3350 5868 20366 508 521 5509 1207 2483 7970 3657 11858 1399 9014 420 415 1671 870
16184 3608 3776 2110 2574 1452 1494 338 4139 1143 3999 578 2252 3589 2216 1946 797 765 1549 21588
671 1258 2648 4021 5526 1421 11158 3164 542 1638 1228 484 1556 5094 533 4456 2756 7889 4449 4606
2992 3025 2255 2356 1612 3188 675 1173 248 3915 2180 14484 968 990 1323 6638 3146 3702 1269 770
"""
_DEATHS = """
13 0 0 15 1 0 7 6 8 5 9 5 3 6 0 5 2 5 2 2 1 0 10 15 13 38 1 0 8 1 4 16 10 10 2 11 0 0 4 4 23 18 6
2 5 7 7 0 4 2 6 1 5 10 8 5 0 2 2 44 0 3 5 8 12 9 29 4 1 3 4 1 4 14 1 7 4 31 16 3 12 4 8 5 1 5 3 3
0 4 4 16 4 5 1 18 4 11 1 0
"""


def _numbers(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=float)


CRIME, INCOME = _numbers(_CRIME), _numbers(_INCOME)
CRIME_BY_NUMBER = CRIME[np.argsort(_numbers(_NUMBER))]
BIRTHS, DEATHS = _numbers(_BIRTHS), _numbers(_DEATHS)


def _pairs(lists: dict[int, list[int]]) -> pd.DataFrame:
    rows = [(area, other) for area, others in lists.items() for other in others]
    return pd.DataFrame(rows, columns=["area", "neighbour"])


def columbus(
    style: Style = "row", *, without: set[tuple[int, int]] | None = None
) -> SpatialWeights:
    """Queen contiguity of the neighbourhoods, less some links."""
    lists = {i + 1: [int(j) for j in row.split()] for i, row in enumerate(_QUEEN.split(";"))}
    pairs = _pairs(lists)
    gone = [pair in (without or set()) for pair in pairs.itertuples(index=False, name=None)]
    return spatial_weights(pairs[~np.array(gone)], range(1, 50), listed="once", style=style)


# What spData's col.gal.nb, an older list, lacks.
NOT_IN_COL_GAL = {(5, 16), (25, 30), (31, 39)}


def north_carolina(style: Style = "binary") -> SpatialWeights:
    """Counties by county code."""
    rows = [row.split(":") for row in _COUNTIES.split(";")]
    lists = {int(code): [int(j) for j in others.split()] for code, others in rows}
    return spatial_weights(_pairs(lists), sorted(lists), listed="once", style=style)
