// Signals, terminals, pipes and daemons: what surrounds a program behaves as if Spoor were not between.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exitCode } from "./ends.ts";
import { engines } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const spoorRun = (here: Sandbox): string[] => [process.execPath, here.bin, "run", "--quiet", "--"];
const quoted = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(" ");

describe.each(engines)("Python $version", ({ executable: python }) => {
  test("on a terminal: it is one, with its size; Ctrl-C arrives once", async () => {
    await using here = sandbox({}, ["terminal.py", "waits.py"]);
    const typed = JSON.stringify([
      ["name? ", "you\r"],
      ["hello you", "\x03"],
    ]);
    const on = (command: string[]) => here.startBare([python, "terminal.py", typed, ...command]).ended;
    const bare = await on([python, "waits.py", "counts"]);
    const recorded = await on([...spoorRun(here), python, "waits.py", "counts"]);
    expect(recorded.stdout).toBe(bare.stdout);
    expect(bare.stdout).toMatch(/True True True[\s\S]*hello you[\s\S]*interrupt 1\nended with 11\n$/);
    // Not the handler: if the signal comes while a trace function runs, the interpreter traces no call in it.
    expect(await here.picture(/\.(ask|main)$/)).toBe("spawn\n  __main__.main\n    __main__.ask");
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const)(
    "%s to spoor reaches the program, and ends both alike",
    async (signal) => {
      await using here = sandbox({}, ["waits.py"]);
      const ends = [];
      for (const start of [here.startBare, here.startRecorded]) {
        const { child, says, ended } = start([python, "waits.py", "sleeps"]);
        await says("waiting");
        child.kill(signal);
        const end = await ended;
        // The signal may come while the line before the sleep is still at its end.
        ends.push([exitCode(end), end.stdout, end.stderr.replace(/line \d+, in main\n.*\n/, "in main\n")]);
      }
      expect(ends[1]).toEqual(ends[0]);
      const main = await here.rows<{ outcome: string }>("select outcome from calls where function = 'main'");
      expect(main.map(({ outcome }) => outcome)).toEqual([signal === "SIGINT" ? "raised" : "running"]);
    },
  );

  test("a program that is killed, aborts, or dies of a segmentation fault", async () => {
    await using here = sandbox();
    for (const dies of [
      "import os; os.kill(os.getpid(), 9)",
      "import os; os.abort()",
      "import ctypes; ctypes.string_at(0)",
    ]) {
      const text = `def last():\n    return 1\nlast()\n${dies}\n`;
      await here.both([python, "-c", text]);
      const calls = await here.rows("select function, outcome from calls order by id");
      expect(calls).toEqual([
        { function: "<module>", outcome: "running" },
        { function: "last", outcome: "returned" },
      ]);
    }
  });

  test("a reader that has had enough, and a writer at its input", async () => {
    await using here = sandbox({
      // Line by line: what of a longer write the pipe took before its reader left depends on the moment.
      "writes.py":
        "import sys\ndef write(n):\n    print('line', n, flush=True)\nfor n in range(200000):\n    write(n)\n",
      "reads.py": "import sys\ndef read():\n    return sum(int(line) for line in sys.stdin)\nprint(read())\n",
    });
    const pipe = (run: string[], program: string, before: string, after: string) =>
      here.startBare([
        "bash",
        "-c",
        `${before} ${quoted([...run, python, program])} ${after}; echo "\${PIPESTATUS[@]}"`,
      ]).ended;
    for (const [program, before, after] of [
      ["writes.py", "", "| head -1"],
      ["reads.py", "seq 1000 |", ""],
      ["reads.py", "", "< /dev/null"],
    ] as const) {
      const bare = await pipe([], program, before, after);
      const recorded = await pipe(spoorRun(here), program, before, after);
      expect([recorded.stdout, recorded.stderr]).toEqual([bare.stdout, bare.stderr]);
    }
  });

  test("nohup", async () => {
    await using here = sandbox({}, ["waits.py"]);
    const { child, says, ended } = here.startRecorded(["nohup", python, "waits.py", "sleeps"]);
    await says("waiting");
    child.kill("SIGHUP");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.exitCode).toBeNull();
    child.kill("SIGTERM");
    expect(exitCode(await ended)).toBe(143);
  });

  test("a daemon goes on, and is recorded to its end", async () => {
    await using here = sandbox({ "done.new": "" }, ["daemon.py"]);
    const done = join(here.directory, "done");
    const { code, stdout, stderr } = await here.startRecorded([python, "daemon.py", done]).ended;
    expect([code, stdout, stderr]).toEqual([0, "started\n", ""]);
    for (let waited = 0; !existsSync(done) && waited < 100; waited++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await here.picture(/\.(work|daemonise)$/)).toBe(
      "spawn\n  __main__.daemonise\n  fork\n    fork\n      __main__.work x3",
    );
    const [daemon] = await here.rows("select ended from processes order by process desc limit 1");
    expect(daemon).toEqual({ ended: "exit" });
  });
});
