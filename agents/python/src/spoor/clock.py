"""The clock that all processes of a run share with the host: nanoseconds, monotonic.

On macOS the host's clock (libuv's) counts the time that the machine sleeps; `time.monotonic_ns` does not.
"""

from __future__ import annotations

import sys
import time

if sys.platform == "darwin":

    def now_ns() -> int:
        """Nanoseconds of CLOCK_MONOTONIC_RAW, which is mach_continuous_time."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)

else:
    now_ns = time.monotonic_ns
