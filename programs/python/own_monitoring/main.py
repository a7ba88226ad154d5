"""The program uses sys.monitoring: its tool sees its events, and its DISABLE and restart disturb nobody."""

import sys

monitoring = sys.monitoring


def work(n):
    return n + 1


seen = []


def start(code, offset):
    seen.append(code.co_name)
    return monitoring.DISABLE


monitoring.use_tool_id(monitoring.PROFILER_ID, "own")
monitoring.register_callback(monitoring.PROFILER_ID, monitoring.events.PY_START, start)
monitoring.set_events(monitoring.PROFILER_ID, monitoring.events.PY_START)
work(1)
work(2)
monitoring.restart_events()
work(3)
monitoring.set_events(monitoring.PROFILER_ID, 0)
monitoring.free_tool_id(monitoring.PROFILER_ID)
work(4)
print(seen, [monitoring.get_tool(i) for i in (0, 1, 2, 5)])
