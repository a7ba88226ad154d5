"""multiprocessing with spawn: the child imports the main module again, under another name."""

import multiprocessing


def square(n):
    return n * n


def work(n, queue):
    queue.put(square(n))


def launch(context):
    queue = context.SimpleQueue()
    process = context.Process(target=work, args=(3, queue))
    process.start()
    result = queue.get()
    process.join()
    return result, process.exitcode


if __name__ == "__main__":
    print(launch(multiprocessing.get_context("spawn")))
