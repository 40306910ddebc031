"""Published sets of left-censored values."""

from __future__ import annotations

import numpy as np

# Arsenic [ug/L] at Oahu: Helsel, Statistics for Censored Environmental Data (set Oahu of R's
# NADA). Limits first.
OAHU_LIMITS = [0.9, 1.0, 1.0, 1.0, 1.0] + [2.0] * 8
OAHU_DETECTED = [0.5, 0.5, 0.5, 0.6, 0.7, 0.7, 0.9, 1.5, 1.7, 2.8, 3.2]
OAHU = np.array(OAHU_LIMITS + OAHU_DETECTED)
OAHU_CENSORED = np.array([True] * 13 + [False] * 11)

# Pyrene [ug/kg] in sediments of Puget Sound: She (1997), set ShePyrene of R's NADA.
PYRENE_LIMITS = [28, 35, 35, 58, 86, 117, 122, 163, 163, 163, 174]
PYRENE_DETECTED = [
    *[31, 32, 34, 40, 47, 48, 59, 63, 64, 64, 67, 67, 67, 72, 73, 84, 86, 87, 94, 98, 100, 103],
    *[103, 105, 107, 110, 111, 119, 119, 122, 132, 133, 133, 138, 163, 187, 190, 222, 238, 273],
    *[289, 306, 333, 459, 2982],
]
PYRENE = np.array(PYRENE_LIMITS + PYRENE_DETECTED, dtype=float)
PYRENE_CENSORED = np.array([True] * 11 + [False] * 45)

# Manganese [ppb] at five wells: US EPA (2009), Unified Guidance, example 15-1.
MANGANESE = np.array(
    [
        *[5, 12.1, 16.9, 21.6, 2, 5, 7.7, 53.6, 9.5, 45.9, 5, 5.3, 12.6, 106.3, 34.5],
        *[6.3, 11.9, 10, 2, 77.2, 17.9, 22.7, 3.3, 8.4, 2],
    ]
)
MANGANESE_CENSORED = np.isin(np.arange(25), [0, 4, 5, 10, 18, 24])

# Atrazine [ug/L] in wells in June and September: Junk et al. (1980), set Atrazine of R's NADA.
JUNE = [0.38, 0.04, 0.03, 0.03, 0.05, 0.02, 0.11, 0.09, 0.02, 0.03, 0.02, 0.02, 0.05, 0.03, 0.05]
SEPTEMBER = [2.66, 0.63, 0.59, 0.05, 0.84, 0.58, 0.02, 0.09, 0.31, 0.02, 0.5, 0.03, 0.09, 0.06]
SEPTEMBER += [0.03, 0.1, 0.25, 0.03, 88.36]
ATRAZINE = np.array(JUNE + [0.01] * 9 + SEPTEMBER + [0.01] * 5)
ATRAZINE_CENSORED = np.array([False] * 15 + [True] * 9 + [False] * 19 + [True] * 5)
ATRAZINE_MONTHS = np.array(["June"] * 24 + ["September"] * 24)
