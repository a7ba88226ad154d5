// Captured values as short text, in the language of the code that they were captured in: `total(user=User(id=5))` of Python
// is `total(user: User {id: 5})` of JavaScript. The forms are those of spec/values.md.

import { drawJavaScriptValue } from "@spoor/protocol/javascript-values";
import { drawValue, type Value } from "@spoor/protocol/values";
import { cut } from "./fit.ts";

export type Language = "python" | "javascript";

/** By the file that the code is in; TypeScript is written like JavaScript. */
export function languageOf({ file }: { readonly file: string | null }): Language {
  return file !== null && /\.[cm]?[jt]sx?$/.test(file) ? "javascript" : "python";
}

/** A value on one line of at most `columns`. */
export function valueText(value: unknown, columns: number, language: Language): string {
  return cut(language === "javascript" ? drawJavaScriptValue(value as Value) : drawValue(value as Value), columns);
}

/** `name(a=1, b='x')`; the arguments share the room that the name leaves. */
export function callText(
  name: string,
  args: Readonly<Record<string, unknown>> | null,
  columns: number,
  language: Language,
): string {
  if (args === null) return cut(`${name}(…)`, columns);
  const sign = language === "javascript" ? ": " : "=";
  const entries = Object.entries(args);
  const room = Math.max(0, columns - name.length - 2);
  // Each argument may take its even share, and what shorter ones leave; a second pass gives that away.
  const texts = entries.map(([key, value]) => `${key}${sign}${valueText(value, Math.max(8, room), language)}`);
  const wanted = texts.reduce((sum, text) => sum + text.length + 2, -2);
  if (wanted <= room || entries.length === 0) return `${name}(${texts.join(", ")})`;
  const most =
    fairShare(
      texts.map((text) => text.length + 2),
      room + 2,
    ) - 2;
  const cuts = texts.map((text) => cut(text, Math.max(8, most)));
  return cut(`${name}(${cuts.join(", ")})`, columns);
}

/** The largest share with which all wishes, each cut to it, fit in the room. */
function fairShare(wishes: readonly number[], room: number): number {
  let left = room;
  let many = wishes.length;
  for (const wish of wishes.toSorted((a, b) => a - b)) {
    const share = Math.floor(left / many);
    if (wish > share) return share;
    left -= wish;
    many -= 1;
  }
  return room;
}
