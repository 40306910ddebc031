"""Published panels in compact form, for the tests of programme evaluation."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Log teen employment of 500 counties 2003-2007 (data set mpdta of the R package did, from
# Callaway and Sant'Anna 2021), as counts, means and covariances (divisor n - 1, lower
# triangle by row) per year of the first minimum wage rise; 0 is never. They determine every
# estimate without covariates and its standard error.
# fmt: off
EMPLOYMENT_MOMENTS = {
    0: (
        309,
        [5.65463002, 5.59200000, 5.60480843, 5.63889628, 5.66113254],
        [
            2.17049373,
            2.20340173, 2.26598708,
            2.21270514, 2.26580768, 2.28841354,
            2.18628758, 2.24141870, 2.25825669, 2.26828372,
            2.19600296, 2.25177209, 2.26730562, 2.26502198, 2.28837296,
        ],
    ),
    2004: (
        20,
        [6.17969683, 6.10656356, 6.05945209, 6.02670435, 6.08538799],
        [
            2.19701889,
            2.22797588, 2.26829874,
            2.28788252, 2.32569303, 2.39668305,
            2.31995337, 2.35901389, 2.42837091, 2.46634057,
            2.25315008, 2.28640472, 2.35745176, 2.39069259, 2.32959450,
        ],
    ),
    2006: (
        40,
        [6.57399363, 6.51788372, 6.52794133, 6.55743457, 6.54304097],
        [
            1.61186720,
            1.59426594, 1.59506087,
            1.62072445, 1.62391579, 1.66544915,
            1.64032184, 1.64335248, 1.68213308, 1.70643230,
            1.65142661, 1.65365033, 1.69436936, 1.71539611, 1.73449663,
        ],
    ),
    2007: (
        131,
        [5.84290650, 5.81078313, 5.82086567, 5.82386640, 5.82004825],
        [
            2.29308577,
            2.29665753, 2.31742667,
            2.29133475, 2.30869260, 2.32574271,
            2.28939334, 2.30841571, 2.31855027, 2.33643682,
            2.26509642, 2.28526949, 2.29532907, 2.30601227, 2.30087470,
        ],
    ),
}
# fmt: on

# Cigarette sales [packs a head] 1970-2000 of California, of the six states that make up its
# synthetic control, and the mean of all 38 donor states (Abadie, Diamond, Hainmueller 2010;
# from Orzechowski and Walker, The Tax Burden on Tobacco).
# fmt: off
CIGARETTE_SALES = {
    "California": [
        123.0, 121.0, 123.5, 124.4, 126.7, 127.1, 128.0, 126.4, 126.1, 121.9, 120.2,
        118.6, 115.4, 110.8, 104.8, 102.8, 99.7, 97.5, 90.1, 82.4, 77.8, 68.7,
        67.5, 63.4, 58.6, 56.4, 54.5, 53.8, 52.3, 47.2, 41.6,
    ],
    "Colorado": [
        124.8, 125.5, 134.3, 137.9, 132.8, 131.0, 134.2, 132.0, 129.2, 131.5, 131.0,
        133.8, 130.5, 125.3, 119.7, 112.4, 109.9, 102.4, 94.6, 88.8, 87.4, 90.2,
        88.3, 88.6, 89.1, 85.4, 83.1, 81.3, 81.2, 79.6, 73.0,
    ],
    "Connecticut": [
        120.0, 117.6, 110.8, 109.3, 112.4, 110.2, 113.4, 117.3, 117.5, 117.4, 118.0,
        116.4, 114.7, 114.1, 112.5, 111.0, 108.5, 109.0, 104.8, 100.6, 91.5, 86.7,
        83.5, 79.1, 76.6, 79.3, 76.0, 75.9, 75.5, 73.4, 71.4,
    ],
    "Montana": [
        111.2, 115.6, 122.2, 119.9, 121.9, 123.7, 124.9, 127.0, 127.2, 120.3, 122.0,
        121.1, 122.4, 113.7, 110.1, 103.6, 97.8, 91.7, 87.1, 86.2, 84.7, 82.9,
        86.6, 86.0, 88.2, 90.5, 87.3, 88.9, 89.1, 82.6, 75.5,
    ],
    "Nevada": [
        189.5, 190.5, 198.6, 201.5, 204.7, 205.2, 201.4, 190.8, 187.0, 183.3, 177.7,
        171.9, 165.1, 159.2, 136.6, 146.7, 142.6, 147.7, 141.9, 137.9, 137.3, 115.5,
        110.0, 108.1, 105.2, 100.9, 99.0, 95.6, 102.4, 103.9, 93.2,
    ],
    "New Hampshire": [
        265.7, 278.0, 296.2, 279.0, 269.8, 269.1, 290.5, 278.8, 269.6, 254.6, 247.8,
        245.4, 239.8, 232.9, 215.1, 201.1, 195.9, 195.1, 180.4, 172.9, 152.4, 144.8,
        143.7, 148.9, 153.8, 158.5, 158.0, 174.4, 173.8, 171.7, 147.3,
    ],
    "Utah": [
        65.5, 67.7, 71.3, 72.7, 75.6, 75.8, 77.9, 78.0, 79.6, 79.1, 74.8,
        77.6, 73.6, 69.0, 66.3, 66.5, 64.4, 67.7, 55.0, 57.0, 53.4, 53.5,
        55.0, 56.2, 55.8, 52.0, 54.0, 57.0, 42.3, 43.9, 40.7,
    ],
}
DONOR_MEAN = [
    120.0842, 123.8632, 129.1789, 131.5395, 134.6684, 136.9316, 141.2605, 141.0895,
    140.4737, 138.0868, 138.0895, 137.9868, 136.2947, 131.2500, 124.9026, 123.1158,
    120.5947, 117.5868, 113.8237, 109.6632, 105.6658, 104.3421, 103.3947, 102.6947,
    102.1184, 103.1579, 101.1842, 101.7895, 100.9579, 97.5947, 92.1342,
]
# fmt: on


def employment_panel() -> pd.DataFrame:
    """A panel of 500 units with exactly the published counts, means and covariances."""
    random = np.random.default_rng(0)
    parts = []
    unit = 0
    for cohort, (n, means, triangle) in EMPLOYMENT_MOMENTS.items():
        covariance = np.zeros((5, 5))
        covariance[np.tril_indices(5)] = triangle
        covariance = covariance + np.tril(covariance, -1).T
        draws = random.normal(size=(n, 5))
        draws -= draws.mean(axis=0)
        white = draws @ np.linalg.inv(np.linalg.cholesky(np.cov(draws.T))).T
        values = white @ np.linalg.cholesky(covariance).T + means
        parts.append(
            pd.DataFrame(
                {
                    "unit": np.repeat(np.arange(unit, unit + n), 5),
                    "year": np.tile(np.arange(2003, 2008), n),
                    "start": float(cohort) if cohort else np.nan,
                    "y": values.ravel(),
                }
            )
        )
        unit += n
    return pd.concat(parts, ignore_index=True)


def cigarette_sales() -> pd.DataFrame:
    """Years x states [packs a head]."""
    return pd.DataFrame(CIGARETTE_SALES, index=pd.RangeIndex(1970, 2001, name="year"))
