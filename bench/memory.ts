// Writes once to memory that is free, before anything is measured. A virtual machine is given its memory by the host page by
// page, when it is first written to: that takes several microseconds a page, ten times what a page costs that was in use
// before, and would be counted to whoever writes much (files in the page cache included), in early rounds more than later.
import { execFileSync } from "node:child_process";
import { freemem } from "node:os";

const GiB = 2 ** 30;
const program = `
for (let left = Number(process.argv[1]); left > 0; left--) (globalThis.kept ??= []).push(Buffer.alloc(2 ** 30, 1));`;

/** Returns how many GiB were written to, most of what is free up to a limit, in a process that then gave them back. */
export function touchFreeMemory(mostGiB: number): number {
  const wanted = Math.min(mostGiB, Math.floor((0.8 * freemem()) / GiB));
  if (wanted > 0) execFileSync(process.execPath, ["-e", program, String(wanted)]);
  return wanted;
}
