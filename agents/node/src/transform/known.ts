// What the parsers know of the language, and this V8 may not yet. A file that has it is left alone: V8's complaint then shows the
// program's own text.

const samples = {
  decorators: "(class{@a b(){}})",
  using: "{using a=null}",
} as const;

const known = new Map<keyof typeof samples, boolean>();

export function isKnown(feature: keyof typeof samples): boolean {
  let is = known.get(feature);
  if (is === undefined) known.set(feature, (is = compiles(samples[feature])));
  return is;
}

function compiles(text: string): boolean {
  try {
    Reflect.construct(Function, [text]);
    return true;
  } catch {
    return false;
  }
}
