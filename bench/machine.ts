// On what the figures were made: a figure without its machine and commit says nothing.
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import type { Python } from "../scripts/python-interpreters.ts";
import { root } from "../scripts/root.ts";
import type { Machine } from "./results.ts";

const build = `
import platform, sys, sysconfig
flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
found = [f for f in ("--enable-optimizations", "--with-lto", "--enable-shared") if f in flags]
print("%s, %s, %s" % (platform.python_version(), platform.python_compiler(), " ".join(found) or "no optimisation flags"))`;

export function describeMachine(pythons: readonly Python[]): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || "unknown processor",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    node: process.versions.node,
    pythons: pythons.map(describePython),
    loadAtStart: loadavg()[0] ?? 0,
  };
}

/** Its full version, the compiler that built it, and flags that make it faster. */
export function describePython({ executable }: Python): string {
  return ask(executable, ["-I", "-c", build]);
}

/** Short name of the commit, and whether files that matter to the figures differ from it. */
export function describeCommit(): { commit: string; changed: boolean } {
  try {
    const commit = ask("git", ["rev-parse", "--short", "HEAD"]);
    const changes = ask("git", ["status", "--porcelain", "--", "agents", "host/src", "protocol/src", "bench"]);
    return { commit, changed: changes !== "" };
  } catch {
    return { commit: "unknown", changed: true };
  }
}

/** `amd-epyc-2cores`: fit for a file name, and without the machine's own name. */
export function machineSlug(machine: Machine): string {
  const cpu = machine.cpu
    .toLowerCase()
    .replace(/\((r|tm)\)|@.*|\bcpu\b|\bprocessor\b/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return `${cpu}-${machine.cores}cores`;
}

function ask(file: string, words: readonly string[]): string {
  return execFileSync(file, words, { cwd: root, encoding: "utf8" }).trim();
}
