"""gevent: greenlets on a hub, patched sleep, a timeout and a pool."""

import gevent
import gevent.pool


def work(n):
    gevent.sleep(0)
    return inner(n)


def inner(n):
    return n * n


def slow():
    gevent.sleep(10)


jobs = list(map(gevent.spawn, (work, work), (1, 2)))
gevent.joinall(jobs)
print(jobs[0].value, jobs[1].value)
with gevent.Timeout(0.01, False):
    slow()
print(gevent.pool.Pool(1).map(work, [3]))
