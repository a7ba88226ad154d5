"""A script: told how it was started, does its work, leaves with an exit code."""

import sys

import work

if __name__ == "__main__":
    sys.exit(work.run())
