// The excerpt of the source that Node prints above the stack of an error that nobody handled. V8 takes it from the text that it
// compiled, and from where the error was thrown last, which is in our inserts. So the excerpt is made here, from the program's own
// text, and given to the error in the way in which `node:vm` marks errors: Node then prints the error without one of its own.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import type { DefinedText } from "./instrumenter.ts";
import { silently } from "./silently.ts";

interface Place {
  /** As Node prints it. */
  readonly file: string;
  readonly line: number;
  /** 0-based. */
  readonly column: number;
}

/** `thrown`: by `throw`, and not the reason of a promise that nobody handled. */
export function showOwnSource(error: unknown, thrown: boolean, textOf: (file: string) => DefinedText | null): void {
  if (!(error instanceof Error) || Object.prototype.toString.call(error) !== "[object Error]") return;
  const { stack } = error;
  if (typeof stack !== "string") return;
  const frames = [...stack.slice(stack.indexOf("\n    at ")).matchAll(frame)].map((found) => placeOf(found));
  const [first] = frames;
  if (!first || !frames.some(({ file }) => textOf(file) !== null)) return;
  const excerpt = excerptOf(first, thrown, textOf);
  if (excerpt === null) return;
  mark(error);
  error.stack = `${excerpt}\n${stack}`;
}

const frame = /^ {4}at (?:.*? \(|async )?((?:file:\/\/)?\/[^\n]*|node:[^\n]*?):(\d+):(\d+)\)?$/gm;

function placeOf([, file = "", line = "0", column = "1"]: readonly string[]): Place {
  return { file, line: Number(line), column: Number(column) - 1 };
}

function path(file: string): string {
  return file.startsWith("file://") ? fileURLToPath(file) : file;
}

function excerptOf(place: Place, thrown: boolean, textOf: (file: string) => DefinedText | null): string | null {
  const known = textOf(place.file);
  // Node finds it in the map.
  if (known?.isMapped) return null;
  const text = known?.source ?? textAt(place.file);
  const line = text?.split("\n")[place.line - 1]?.replace(/\r$/, "");
  if (text === undefined || line === undefined) return null;
  let { column } = place;
  if (thrown) {
    // The error was made here; V8 shows the statement that threw it.
    const before = line.startsWith("new ", column) ? /\bthrow\b[^;{}]*$/.exec(line.slice(0, column)) : null;
    if (before) column = before.index;
  }
  const indent = line.slice(0, column).replace(/[^\t]/g, " ");
  return `${place.file}:${place.line}\n${line}\n${indent}^\n`;
}

function textAt(file: string): string | undefined {
  try {
    if (!file.startsWith("node:")) return readFileSync(path(file), "utf8");
    const { binding } = process as unknown as { binding(name: string): Record<string, string> };
    return silently(() => binding("natives"))[file.slice(5)];
  } catch {
    return undefined;
  }
}

const passed = "$spoorFatal";

/** A script that throws it marks an error as one that has its excerpt already. */
function mark(error: Error): void {
  Object.defineProperty(globalThis, passed, { value: error, configurable: true });
  try {
    new vm.Script(`throw ${passed}`).runInThisContext({ displayErrors: true });
  } catch {
    // What it is for.
  } finally {
    delete (globalThis as Record<string, unknown>)[passed];
  }
}
