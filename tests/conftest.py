"""One hypothesis profile for all tests, and one thread per process: the suite runs several processes."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch are first imported

from hypothesis import HealthCheck, settings

IN_CI = bool(os.environ.get("CI"))

settings.register_profile(
    "fiberscope",
    deadline=None,
    derandomize=IN_CI,  # a change is judged on the same examples every time; at home the search goes on
    database=None if IN_CI else settings.default.database,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fiberscope")
