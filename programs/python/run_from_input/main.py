"""Not started: the program comes on standard input."""
