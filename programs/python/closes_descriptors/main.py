"""A daemon's habit: close every descriptor, then open files, which must be the program's and stay untouched."""

import os
import tempfile


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return os.path.getsize(path)


def fill(n):
    return n


os.closerange(3, 256)
handles = []
for i in range(4):
    handles.append(os.open("held-%d" % i, os.O_CREAT | os.O_RDWR))
print(handles[0], write("plain.txt", "hello"))
for i in range(5000):
    fill("some text to fill a segment of the spool " * 3)
for handle in handles:
    os.write(handle, b"mine")
for handle in handles:
    print(os.fstat(handle).st_size)
    os.close(handle)
for i in range(4):
    os.unlink("held-%d" % i)
os.unlink("plain.txt")
