"""Not started: the program is on the command line."""
