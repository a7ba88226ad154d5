// `spoor run` with real programs: transparency, exit codes, signals, time limits, and recordings that are never silently empty.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { nativeStart } from "../../src/store/liveness.ts";
import { bin, place, said, type Ended, type Place } from "../spoor.ts";

/** Everything here starts several processes. */
const slow = 60_000;

const program = `
def double(x):
    return x * 2

print(double(21))
`;

function manifests(here: Place): Record<string, unknown>[] {
  const runs = join(here.directory, ".spoor/runs");
  if (!existsSync(runs)) return [];
  return readdirSync(runs).map(
    (run) => JSON.parse(readFileSync(join(runs, run, "run.json"), "utf8")) as Record<string, unknown>,
  );
}

async function results(here: Place, name: string): Promise<unknown[]> {
  const { stdout } = await here.spoor(["calls", name, "--json"]);
  const { data } = JSON.parse(stdout) as { data: { calls: { result: unknown }[] } };
  return data.calls.map((call) => call.result);
}

describe("what the program sees and gives", { timeout: slow }, () => {
  test("its output, input and arguments pass; its calls are recorded", async () => {
    using here = place({ "app.py": `${program}import sys\nprint(sys.stdin.read(), sys.argv[1:])\n` });
    const ended = await here.spoor(["run", "-t", "50", "python3", "app.py", "-c", "--json"], { input: "typed" });
    expect(ended.stdout).toBe("42\ntyped ['-c', '--json']\n");
    expect(ended.code).toBe(0);
    expect(await results(here, "double")).toEqual([42]);
    const [manifest] = manifests(here);
    expect(manifest).toMatchObject({
      status: "finished",
      exit_code: 0,
      timed_out: false,
      project: expect.any(String) as string,
    });
  });

  test("nothing is added to its output, nor to its errors but the one line of a first run", async () => {
    using here = place({ "app.py": program });
    const first = await here.spoor(["run", "python3", "app.py"]);
    expect(first.stderr).toMatch(/^spoor: recording into \S+\.spoor, as project "[^"]+" \(spoor init names it\)\n$/);
    const second = await here.spoor(["run", "python3", "app.py"]);
    expect([second.stdout, second.stderr]).toEqual(["42\n", ""]);
    const loud = await here.spoor(["run", "--json", "python3", "app.py"]);
    expect(loud.stdout).toBe("42\n");
    expect((JSON.parse(loud.stderr) as { data: { calls: number } }).data.calls).toBeGreaterThan(0);
  });

  test.each([
    ["its own", ["python3", "-c", "import sys; sys.exit(7)"], 7],
    ["of an exception", ["python3", "-c", "1/0"], 1],
    ["of a signal", ["python3", "-c", "import os; os.kill(os.getpid(), 9)"], 137],
    ["of a shell", ["sh", "-c", "exit 3"], 3],
    ["of a missing command", ["no-such-command"], 127],
    ["of a directory", ["/"], 126],
  ])("exit code %s", async (_, command, code) => {
    using here = place();
    expect((await here.spoor(["run", ...command])).code).toBe(code);
  });

  test("recordings are private, and secrets of the command line are not in them", async () => {
    using here = place({ "app.py": program });
    await here.spoor(["run", "python3", "app.py", "--password", "hunter2-secret"]);
    const runs = join(here.directory, ".spoor/runs");
    expect(statSync(runs).mode & 0o077).toBe(0);
    expect(JSON.stringify(manifests(here))).not.toContain("hunter2-secret");
  });

  test("a command that does not start leaves no run", async () => {
    using here = place();
    const { stderr } = await here.spoor(["run", "pyhton3", "app.py"]);
    expect(stderr).toContain('There is no command "pyhton3"');
    expect(manifests(here)).toEqual([]);
  });
});

describe("signals", { timeout: slow }, () => {
  const waiting = `
import signal, sys, time
def leave(number, frame):
    print("got", signal.Signals(number).name, flush=True)
    sys.exit(5)
for name in ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"):
    signal.signal(getattr(signal, name), leave)
print("ready", flush=True)
time.sleep(30)
`;

  test.each(["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)("%s is passed on", async (signal) => {
    using here = place({ "app.py": waiting });
    const { child, ended } = here.start(["run", "python3", "app.py"]);
    await said(child.stdout, "ready\n");
    child.kill(signal);
    const { code, stdout } = await ended;
    expect(stdout).toBe(`ready\ngot ${signal}\n`);
    expect(code).toBe(5);
    expect(manifests(here)[0]).toMatchObject({ status: "finished", exit_code: 5 });
  });
});

describe("a time limit", { timeout: slow }, () => {
  test("ends the program with SIGTERM and 124", async () => {
    using here = place({ "app.py": "import time\nprint('up', flush=True)\ntime.sleep(60)\n" });
    const started = Date.now();
    const ended = await here.spoor(["run", "-t", "1", "--json-errors", "python3", "app.py"]);
    expect(ended.code).toBe(124);
    expect(Date.now() - started).toBeLessThan(5000);
    const line = ended.stderr.split("\n").find((each) => each.startsWith("{")) ?? "";
    expect(JSON.parse(line)).toMatchObject({
      error_code: "program.timed_out",
      error_kind: "target",
      run_id: manifests(here)[0]?.["run"],
    });
    expect(manifests(here)[0]).toMatchObject({ timed_out: true, exit_code: 124 });
  });

  test("kills what ignores SIGTERM, and what it started", async () => {
    const stubborn = `
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    child = subprocess.Popen([sys.executable, "app.py", "child"])
    print(child.pid, flush=True)
time.sleep(60)
`;
    using here = place({ "app.py": stubborn });
    const ended = await here.spoor(["run", "-t", "1", "python3", "app.py"]);
    expect(ended.code).toBe(124);
    // A zombie that nobody has collected yet is dead, too.
    expect(nativeStart(Number(ended.stdout))).toBeNull();
  });
});

describe("never a silent empty recording", { timeout: slow }, () => {
  const said = (ended: Ended): string => ended.stderr.split("\n").slice(1).join("\n");

  test("a command that is no Python", async () => {
    using here = place();
    expect(said(await here.spoor(["run", "true"]))).toMatch(/nothing was recorded\.\n.*true is not visibly Python/);
  });

  test("no own code", async () => {
    using here = place();
    const ended = await here.spoor(["run", "--exclude", "__main__", "python3", "-m", "this"]);
    expect(said(ended)).toMatch(/nothing was recorded\.\n.*none of the project's own code.*\n?.*--include/);
  });

  test.each([["-I"], ["-E"], ["-S"], ["-IS"], ["-sE"]])("python3 %s is recorded all the same", async (flag) => {
    using here = place({ "app.py": program });
    const ended = await here.spoor(["run", "python3", flag, "app.py"]);
    expect([ended.code, ended.stdout]).toEqual([0, "42\n"]);
    expect(await results(here, "double")).toEqual([42]);
  });

  test("env -i is recorded all the same", async () => {
    using here = place({ "app.py": program });
    await here.spoor(["run", "env", "-i", `PATH=${process.env["PATH"] ?? ""}`, "python3", "app.py"]);
    expect(await results(here, "double")).toEqual([42]);
  });
});

test("a process that goes on after the command is left alone, and said", { timeout: slow }, async () => {
  const leaves = `
import subprocess, sys
child = subprocess.Popen([sys.executable, "daemon.py"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdout.readline()
print(child.pid)
`;
  const daemon = "import time\ndef f():\n    return 1\nf()\nprint('up', flush=True)\ntime.sleep(60)\n";
  using here = place({ "app.py": leaves, "daemon.py": daemon });
  const { stdout, stderr, code } = await here.spoor(["run", "python3", "app.py"]);
  const pid = Number(stdout);
  try {
    expect(code).toBe(0);
    expect(stderr).toContain(`process ${pid} (`);
    expect(process.kill(pid, 0)).toBe(true);
  } finally {
    process.kill(pid, "SIGKILL");
  }
});

test("descriptors that a shell or a job server hands down arrive", { timeout: slow }, async () => {
  using here = place({
    "app.py": "def f():\n    return open('/dev/fd/5').read()\nprint(f())\n",
    "five.txt": "handed down",
  });
  const command = `"${process.execPath}" "${bin}" run --quiet python3 app.py 5<five.txt`;
  const { stdout } = await promisify(execFile)("sh", ["-c", command], { cwd: here.directory, env: here.env });
  expect(stdout).toBe("handed down\n");
});
