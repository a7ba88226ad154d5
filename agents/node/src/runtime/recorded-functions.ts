// Which recorded function a value of the program's is: the text that V8 has of it names its entry by number.
import { exec, isProxy, sourceText, weakGet, weakSet } from "./captured.ts";
import { ownData } from "./classes.ts";
import type { Functions } from "./functions.ts";

/** The entry of a function, as the transform writes it. */
const hook = /\$spoor\d*\.e[0-4n]\((\d+)/;

/** The number in the first entry of its text; 0 if there is none. */
export function entryIn(made: Function): number {
  const found = isProxy(made) ? null : exec(hook, sourceText(made));
  return found === null ? 0 : +(found[1] as string);
}

const known = new WeakMap<object, number>();

/** 0 for what is not recorded, and where it cannot be told: functions in its parameters come first in its text. */
export function recordedAs(functions: Functions, made: Function): number {
  const before = weakGet(known, made) as number | undefined;
  if (before !== undefined) return before;
  const fn = entryIn(made);
  const isOne = fn > 0 && fn < functions.info.length && isNamed(functions.meet(fn).name, ownData(made, "name"));
  const number = isOne ? fn : 0;
  weakSet(known, made, number);
  return number;
}

/** `Clock.tick`, `Clock.static tick` and `Clock.#tick` are named `tick`, `tick` and `#tick`. */
function isNamed(qualified: string, name: unknown): boolean {
  if (typeof name !== "string" || name === "") return false;
  const start = qualified.length - name.length;
  for (let at = 0; at < name.length; at++) if (qualified[start + at] !== name[at]) return false;
  return start === 0 || qualified[start - 1] === "." || qualified[start - 1] === " ";
}
