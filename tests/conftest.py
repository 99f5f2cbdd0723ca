"""One hypothesis profile for all tests, and one thread per process: the suite runs several processes.

Every run tries the same examples, so that a change is judged by what it changes.  EXPLORE=1 in the environment draws others
each time, and remembers what failed.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy and torch are first imported

from hypothesis import HealthCheck, settings

EXPLORE = bool(os.environ.get("EXPLORE"))

settings.register_profile(
    "fiberscope",
    deadline=None,
    derandomize=not EXPLORE,
    database=settings.default.database if EXPLORE else None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fiberscope")
