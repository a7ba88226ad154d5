"""What `python -m package` runs."""

import sys

import work

sys.exit(work.run())
