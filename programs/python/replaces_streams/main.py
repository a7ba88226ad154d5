"""sys.stdout and sys.stderr replaced by objects of the program: used only by the program."""

import io
import sys


class Shouting(io.StringIO):
    def write(self, text):
        return super().write(text.upper())


def speak(text):
    print(text)


kept = sys.stdout
sys.stdout = Shouting()
speak("hello")
said = sys.stdout.getvalue()
sys.stdout, sys.stderr = kept, None
speak(said.strip())
