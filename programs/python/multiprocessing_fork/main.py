"""multiprocessing with fork: a Process and its result."""

import multiprocessing


def work(n, queue):
    queue.put(square(n))


def square(n):
    return n * n


def launch(context):
    queue = context.SimpleQueue()
    process = context.Process(target=work, args=(3, queue))
    process.start()
    result = queue.get()
    process.join()
    return result, process.exitcode


if __name__ == "__main__":
    print(launch(multiprocessing.get_context("fork")))
