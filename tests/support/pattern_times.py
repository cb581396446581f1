"""Made-up daily times of query patterns, as hard as real ones: with and without a change at a known day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

DAYS = 28
LEAST_SIDE = 5  # days with a run on either side of a planted change
LEAST_RUNS = 20  # a day

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PatternTimes:
    """The days of one pattern; NaN and 0 runs on days without any."""

    medians: Floats  # seconds
    runs: Integers
    bytes_per_run: Floats
    change_day: int  # number of the day; -1 without a change
    factor: float
    reads_more: bool  # the change comes with as many more or fewer bytes

    @property
    def days(self) -> Iterator[int]:
        """The numbers of the days with a run."""
        return (day for day in range(DAYS) if self.runs[day])


def pattern_times(seed: int, changes: bool) -> PatternTimes:
    """One pattern. What differs from day to day and from run to run is drawn for each anew.

    Times of runs are log-normal, for every other pattern with the tails of Student's t of three degrees, and one run in
    thirty takes up to 50 times as long. Days differ by up to 15 %, and remember the day before. One day in thirty is up
    to ten times as slow, or as fast. The week has a profile, mostly with another weekend (a quarter to four times).
    One day in twenty has no run; some patterns run on workdays only, some pause for up to three days.
    """
    draw = np.random.default_rng(seed)
    day = np.arange(DAYS)
    weekday = (day + draw.integers(7)) % 7
    profile = draw.normal(0, 1, 7) * draw.uniform(0, 0.3)
    profile[5:] += (draw.random() < 0.6) * draw.uniform(-1.4, 1.4)
    typical = np.exp(draw.uniform(np.log(LEAST_RUNS), np.log(200)))
    weekend = np.where(weekday >= 5, draw.uniform(0.3, 1), 1)
    runs = np.maximum(LEAST_RUNS, typical * np.exp(draw.normal(0, 0.2, DAYS)) * weekend).astype(np.int64)
    present = draw.random(DAYS) > 0.05
    if draw.random() < 0.2:
        present &= weekday < 5
    if draw.random() < 0.2:
        begin = draw.integers(2, DAYS - 4)
        present[begin : begin + draw.integers(1, 4)] = False
    runs[~present] = 0
    level = draw.normal(0, 1.5) + profile[weekday] + _days(draw)
    change_day, factor = -1, 1.0
    if changes:
        possible = [n for n in day[present] if LEAST_SIDE <= present[:n].sum() <= present.sum() - LEAST_SIDE]
        change_day, factor = (
            int(draw.choice(possible)),
            float(np.exp(draw.choice([-1, 1]) * draw.uniform(np.log(2), np.log(4)))),
        )
        level = level + np.log(factor) * (day >= change_day)
    heavy = draw.random() < 0.5
    noise = draw.standard_t(3, (DAYS, runs.max())) * 0.7 if heavy else draw.normal(0, 1, (DAYS, runs.max()))
    noise *= draw.uniform(0.2, 1)
    noise += (draw.random(noise.shape) < 0.03) * draw.uniform(1, 4, noise.shape)
    medians = [np.exp(level[n]) * np.median(np.exp(noise[n, : runs[n]])) if runs[n] else np.nan for n in day]
    reads_more = changes and bool(draw.random() < 0.5)
    read = np.exp(draw.normal(20, 2) + draw.normal(0, 0.1, DAYS) + np.log(factor) * reads_more * (day >= change_day))
    return PatternTimes(np.array(medians), runs, read, change_day, factor, reads_more)


def _days(draw: np.random.Generator) -> Floats:
    """What days differ by, as logarithms."""
    memory, error = draw.uniform(0, 0.3), np.zeros(DAYS)
    fresh = draw.normal(0, 1, DAYS)
    error[0] = fresh[0]
    for n in range(1, DAYS):
        error[n] = memory * error[n - 1] + np.sqrt(1 - memory**2) * fresh[n]
    outliers = (draw.random(DAYS) < 1 / 30) * draw.choice([-1, 1], DAYS, p=[0.3, 0.7]) * draw.uniform(0.7, 2.3, DAYS)
    result: Floats = error * draw.uniform(0.02, 0.15) + outliers
    return result
