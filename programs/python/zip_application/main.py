"""Makes a zip application of one module and starts it."""

import subprocess
import sys
import zipapp


def start(archive):
    return subprocess.run([sys.executable, archive], stdout=subprocess.PIPE, check=True).stdout


zipapp.create_archive("application", "made.pyz")
print(start("made.pyz").decode().strip())
