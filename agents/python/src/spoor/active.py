"""What is going on in this process: the recording, if one runs, and the code that `spoor.trace` marked."""

recorder = None

# id(code) -> code: in scope in every recording of this process.
traced: dict = {}
