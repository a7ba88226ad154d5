"""The recording that runs in this process, if one does."""

recorder = None
