// `Function.prototype.toString` gives the text that the user wrote, although V8 has the instrumented one: a function that was
// made into text to be run elsewhere (in a browser, in a worker) must not name our hooks. Ours looks native itself.
import { originalText } from "../transform/original-text.ts";
import type { DefinedText } from "./instrumenter.ts";

export interface SourceTexts {
  add(text: DefinedText): void;
  /** The last one that was made of the file that V8 knows by this name. */
  of(name: string): DefinedText | null;
  /** From now on `ours` says that it is what `native` is. */
  asNative(ours: Function, native: Function): void;
  /** Replaces `toString` of this realm's functions. */
  install(prototype: Function): void;
}

/** `pathOf` gives the real path of a file, from its name. */
export function makeSourceTexts(pathOf: (name: string) => string): SourceTexts {
  // In the order of their bases.
  const files: DefinedText[] = [];
  const byPath = new Map<string, DefinedText>();
  const byName = new Map<string, DefinedText | null>();
  const names = new Set<string>();
  const natives = new WeakMap<object, Function>();

  const fileOf = (fn: number): DefinedText | null => {
    let low = 0;
    let high = files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((files[middle]?.bases.functions ?? 0) <= fn) low = middle;
      else high = middle - 1;
    }
    return files[low] ?? null;
  };
  const original = (text: string): string => {
    for (const name of names) {
      const found = text.includes(name) ? originalText(text, name, fileOf) : null;
      if (found !== null) return found;
    }
    return text;
  };
  const asNative = (ours: Function, native: Function): void => {
    natives.set(ours, native);
    for (const name of ["name", "length"] as const) {
      Object.defineProperty(ours, name, { value: native[name], configurable: true });
    }
  };
  return {
    add(text) {
      files.push(text);
      byPath.set(text.path, text);
      byName.clear();
      names.add(text.instrumentation.hooks);
    },
    of(name) {
      let found = byName.get(name);
      if (found === undefined) byName.set(name, (found = byPath.get(pathOf(name)) ?? null));
      return found;
    },
    asNative,
    install(prototype) {
      const native = prototype.toString;
      const ours = {
        toString(this: unknown): string {
          const asked = (typeof this === "function" && natives.get(this)) || this;
          return original(Reflect.apply(native, asked, []));
        },
      }.toString;
      asNative(ours, native);
      Object.defineProperty(prototype, "toString", {
        value: ours,
        configurable: true,
        writable: true,
        enumerable: false,
      });
    },
  };
}
