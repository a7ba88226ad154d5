"""An exception that ends a thread is printed by threading; SystemExit in a thread ends only the thread."""

import sys
import threading


def breaks(x):
    raise ValueError(x)  # probe: breaks


def leaves():
    sys.exit(3)


for target, args in ((breaks, ("in thread",)), (leaves, ())):
    thread = threading.Thread(target=target, args=args, name=target.__name__)
    thread.start()
    thread.join()
print("main goes on")
