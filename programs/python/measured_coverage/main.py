"""coverage measures the program from within: the lines it finds are those that it finds bare."""

import coverage


def measure():
    cover = coverage.Coverage(data_file=None, config_file=False)
    cover.start()
    import target

    target.branchy(1)
    cover.stop()
    _, executable, missing, _ = cover.analysis("target.py")
    return executable, missing


print(measure())
