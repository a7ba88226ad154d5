// The golden text beside each program. `expect.txt` holds for all interpreters; `expect.<range>.txt` (such as
// `expect.-3.11.txt`) for those where the truth differs, and must open with `# Why: …`. Lines that begin with `#` are
// for the reader. SPOOR_ACCEPT=1 writes what was seen; look at the difference before you commit it.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRange } from "./programs.ts";

/** The file that holds for this minor version of Python. */
export function expectationFile(directory: string, minor: string): string {
  const variants = readdirSync(directory).flatMap((name) => {
    const range = /^expect\.([\d.]*-[\d.]*)\.txt$/.exec(name)?.[1];
    return range !== undefined && inRange(range, minor) ? [name] : [];
  });
  if (variants.length > 1) throw new Error(`${directory}: ${variants.join(" and ")} both hold for Python ${minor}`);
  return join(directory, variants[0] ?? "expect.txt");
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
