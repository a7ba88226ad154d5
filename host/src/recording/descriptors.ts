// File descriptors beyond standard error that the program would have inherited: a make job server, a socket of a
// supervisor, a shell's `5<file`. Node closes those below 16 in its children unless they are named.
import { readdirSync, readlinkSync } from "node:fs";
import type { StdioOptions } from "node:child_process";

/** libuv marks descriptors up to 15, and on while they are in use, to be closed on exec; higher ones are passed on anyway. */
const lastMarked = 15;

/** Standard streams and what else was open when this process began, as options for a child; Linux only. */
export function inheritedStdio(): StdioOptions {
  const inherited = new Set(inheritedDescriptors());
  const last = Math.max(2, ...inherited);
  const extra = Array.from({ length: last - 2 }, (_, index) => index + 3);
  return ["inherit", "inherit", "inherit", ...extra.map((fd) => (inherited.has(fd) ? fd : ("ignore" as const)))];
}

/** What this process opened for itself is told apart by its kind: event polls and pipes of which it has both ends. */
function inheritedDescriptors(): number[] {
  const open = openDescriptors();
  const ends = new Map<string, number>();
  for (const target of open.values()) ends.set(target, (ends.get(target) ?? 0) + 1);
  return [...open].flatMap(([fd, target]) => {
    if (fd < 3 || fd > lastMarked) return [];
    if (target.startsWith("pipe:")) return ends.get(target) === 1 ? [fd] : [];
    return target.startsWith("socket:") || target.startsWith("/") ? [fd] : [];
  });
}

function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>();
  try {
    for (const name of readdirSync("/proc/self/fd")) {
      try {
        open.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
      } catch {
        // The descriptor by which the directory was read.
      }
    }
  } catch {
    return new Map();
  }
  return open;
}
