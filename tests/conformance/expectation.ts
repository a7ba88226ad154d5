// The golden text beside each program. `expect.txt` holds for all interpreters; `expect.<range>.txt` (such as
// `expect.-3.11.txt`, or `expect.-20.txt` of Node) for those where the truth differs, `expect.<range>.<core>.txt` where it does with this core only;
// both must open with `# Why: …`. Lines that begin with `#` are for the reader. SPOOR_ACCEPT=1 writes what was seen; look
// at the difference before you commit it.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Core } from "../../scripts/native-cores.ts";
import { inRange } from "./programs.ts";

/** The file that holds for this version and this core; Node has no cores. */
export function expectationFile(directory: string, minor: string, core: Core | null): string {
  const ofCore: string[] = [];
  const ofBoth: string[] = [];
  for (const name of readdirSync(directory)) {
    const [, range, only] = /^expect\.([\d.]*-[\d.]*)\.(?:(native|python)\.)?txt$/.exec(name) ?? [];
    if (range === undefined || !inRange(range, minor)) continue;
    if (only === undefined) ofBoth.push(name);
    else if (only === core) ofCore.push(name);
  }
  for (const names of [ofCore, ofBoth]) {
    if (names.length > 1) throw new Error(`${directory}: ${names.join(" and ")} both hold for version ${minor}`);
  }
  return join(directory, ofCore[0] ?? ofBoth[0] ?? "expect.txt");
}

/** The expected text; what was seen if it is to be accepted. */
export function expected(file: string, seen: string): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const remarks = /^(#.*\n)*/.exec(text)?.[0] ?? "";
  if (!file.endsWith("expect.txt") && !/^# Why: \S/m.test(remarks)) {
    throw new Error(`${file} must open with a line "# Why: …"`);
  }
  if (process.env["SPOOR_ACCEPT"] !== undefined) {
    writeFileSync(file, remarks + seen);
    return seen;
  }
  return text.slice(remarks.length);
}
