// Recording on a pseudo-terminal: typing, Ctrl-C, the summary in colour.
import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { bin, place, type Place } from "../spoor.ts";

/** Runs a command on a terminal of its own, types into it, and prints all that the terminal showed. */
const terminal = `
import os, pty, sys, time, select, fcntl, termios, struct
typed = sys.argv[1].encode().decode("unicode_escape").encode()
wait_for = sys.argv[2].encode()
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
seen = b""
while True:
    try:
        chunk = os.read(master, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    if typed and wait_for in seen:
        os.write(master, typed)
        typed = b""
_, status = os.waitpid(pid, 0)
sys.stdout.write(seen.decode())
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)
`;

async function onTerminal(here: Place, typed: string, waitFor: string, words: string[]) {
  const run = promisify(execFile)("python3", ["-c", terminal, typed, waitFor, process.execPath, bin, ...words], {
    cwd: here.directory,
    env: { ...here.env, TERM: "xterm" },
  });
  return run.then(
    ({ stdout }) => ({ code: 0, shown: stdout }),
    (error: { code: number; stdout: string }) => ({ code: error.code, shown: error.stdout }),
  );
}

describe("on a terminal", { timeout: 60_000 }, () => {
  test("the program has the terminal, and a summary follows it", async () => {
    using here = place({
      "app.py": "import sys\ndef ask():\n    return input('name? ')\nprint('hello', ask(), sys.stdout.isatty())\n",
    });
    const { code, shown } = await onTerminal(here, "ann\\n", "name?", ["run", "python3", "app.py"]);
    expect(code).toBe(0);
    const plain = stripVTControlCharacters(shown).replaceAll("\r", "");
    expect(plain).toContain("hello ann True\n");
    expect(plain).toMatch(/spoor: recorded 2 calls in 1 process → spoor report\nsaw: 1 process, 2 calls of own code/);
    expect(shown).toContain("\u001b[32mspoor report");
  });

  test("--quiet says nothing after it", async () => {
    using here = place({ "app.py": "print('done')\n", "spoor.config.json": "{}" });
    const { shown } = await onTerminal(here, "", "", ["run", "--quiet", "python3", "app.py"]);
    expect(shown).toBe("done\r\n");
  });

  test("Ctrl-C goes to the program once, and its answer is its own", async () => {
    const program = `
import sys, time
count = 0
told = False
while True:
    try:
        if not told:
            told = True
            print("ready", flush=True)
        time.sleep(0.5)
        if count:
            print("interrupted", count, flush=True)
            sys.exit(9)
    except KeyboardInterrupt:
        count += 1
`;
    using here = place({ "app.py": program });
    const { code, shown } = await onTerminal(here, "\\x03", "ready\r\n", ["run", "--quiet", "python3", "app.py"]);
    expect(shown).toContain("interrupted 1");
    expect(code).toBe(9);
  });

  test("a program that Ctrl-C ends is 130", async () => {
    using here = place({
      "app.py":
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_DFL)\nprint('ready', flush=True)\ntime.sleep(30)\n",
    });
    const { code } = await onTerminal(here, "\\x03", "ready\r\n", ["run", "--quiet", "python3", "app.py"]);
    expect(code).toBe(130);
  });
});
