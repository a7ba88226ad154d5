// Real processes: alive, killed, dead but not collected, and a pid that means somebody else now.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hostIdentity, inOtherNamespace, isAlive, isHostAlive, nativeStart } from "../../src/store/liveness.ts";

const sleeper = () => spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });

test("this process is alive", () => {
  const self = hostIdentity();
  expect(self.pid).toBe(process.pid);
  expect(self.native_start).not.toBe("");
  expect(isAlive(self)).toBe(true);
});

test("a child is alive until it is killed", async () => {
  const child = sleeper();
  const identity = { pid: child.pid ?? 0, native_start: nativeStart(child.pid ?? 0) ?? "" };
  expect(identity.native_start).toMatch(/\S/);
  expect(isAlive(identity)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(identity)).toBe(false);
  expect(nativeStart(identity.pid)).toBeNull();
});

test("a pid that was given to a later process is not the earlier one", () => {
  expect(isAlive({ pid: process.pid, native_start: "1" })).toBe(false);
});

test("without a start time a process of that pid is taken for it", () => {
  expect(isAlive({ pid: process.pid, native_start: "" })).toBe(true);
});

test.each([0, -1, 1.5, Number.NaN, 5_000_000])("pid %s is nobody", (pid) => {
  expect(isAlive({ pid, native_start: "" })).toBe(false);
});

// Skipped: only /proc tells a zombie from a process that lives.
test.skipIf(!existsSync("/proc/self/stat"))("a zombie is dead", async () => {
  // The shell becomes a program that never collects its child.
  const parent = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
  const [text] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(String(text).trim());
  try {
    await expect.poll(() => nativeStart(pid)).toBeNull();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
  } finally {
    parent.kill("SIGKILL");
  }
});

// Skipped: only /proc tells of threads.
test.skipIf(!existsSync("/proc/self/stat"))("a process lives on whose first thread has ended", async () => {
  const program = `import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("ending", flush=True)
ctypes.CDLL(None).pthread_exit(None)`;
  const child = spawn("python3", ["-I", "-c", program], { stdio: ["ignore", "pipe", "ignore"] });
  const pid = child.pid ?? 0;
  try {
    await once(child.stdout, "data");
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, "latin1")).toContain(") Z ");
    expect(nativeStart(pid)).toMatch(/\d/);
  } finally {
    child.kill("SIGKILL");
  }
  await once(child, "exit");
  expect(nativeStart(pid)).toBeNull();
});

test("a host in a container of this machine counts as alive, one of an earlier boot does not", () => {
  const [boot] = (hostIdentity().pid_namespace ?? "boot pid:[1]").split(" ");
  const inContainer = { pid: 5_000_000, native_start: "1", pid_namespace: `${boot} pid:[99]` };
  const beforeBoot = { pid: 5_000_000, native_start: "1", pid_namespace: "another-boot pid:[99]" };
  const known = hostIdentity().pid_namespace !== undefined;
  expect([inOtherNamespace(inContainer), isHostAlive(inContainer)]).toEqual([known, known]);
  expect([inOtherNamespace(beforeBoot), isHostAlive(beforeBoot)]).toEqual([false, false]);
  expect(isHostAlive(null)).toBe(false);
});
