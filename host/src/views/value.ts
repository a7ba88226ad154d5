// Captured values as short text: `total(items=[3 items], user=User(id=5, …))`. The forms are those of spec/values.md.

import { drawValue, type Value } from "@spoor/protocol/values";
import { cut } from "./fit.ts";

/** A value on one line of at most `columns`. */
export function valueText(value: unknown, columns: number): string {
  return cut(drawValue(value as Value), columns);
}

/** `name(a=1, b="x")`; the arguments share the room that the name leaves. */
export function callText(name: string, args: Readonly<Record<string, unknown>> | null, columns: number): string {
  if (args === null) return cut(`${name}(…)`, columns);
  const entries = Object.entries(args);
  const room = Math.max(0, columns - name.length - 2);
  // Each argument may take its even share, and what shorter ones leave; a second pass gives that away.
  const texts = entries.map(([key, value]) => `${key}=${valueText(value, Math.max(8, room))}`);
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
