"""concurrent.futures with one process: arguments and results cross by pickle, an exception comes back."""

import concurrent.futures
import multiprocessing


def half(n):
    if n % 2:
        raise ValueError("odd")
    return n // 2


def run():
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        print(pool.submit(half, 4).result())
        try:
            pool.submit(half, 3).result()
        except ValueError as error:
            print("back", error)


if __name__ == "__main__":
    run()
