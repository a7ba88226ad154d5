// Places as the user wrote them, for a text that came with a source map. The transform asks for the line of each place that it
// tells; which of the map's sources a function is from is found when it is done. What the map says nothing of was put in by a
// compiler: helpers, wrappers. Such functions are not recorded, and are not in the names of others.
import type { FunctionDefinition, Inserts, Instrumentation } from "../hooks.ts";
import { linesOf, type Lines } from "../transform/lines.ts";
import { lookUpIn, type IncomingMap } from "./incoming-map.ts";

export interface Sources {
  /** Absolute paths, or names that are none. */
  readonly names: readonly string[];
  /** For each function the place of its source in `names`; -1 where the map says nothing. */
  readonly of: readonly number[];
}

export interface MappedLines extends Lines {
  finish(instrumentation: Instrumentation): { readonly instrumentation: Instrumentation; readonly sources: Sources };
}

/** How far behind the beginning of a function its first mapping may be: `static async `. */
const reach = 13;

/** By which esbuild keeps the name of a class; it maps it to the beginning of the file. */
const namer = /^static\s*\{\s*__name\(this\b/;

/** Some tools give pieces of expressions as names. */
const identifier = /^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** What stands before `_Cart` in `var Cart = class _Cart {`, which is what esbuild makes of a class that names itself. */
const assignedClass = /([\w$]+)\s*=\s*class\s+$/;

export function mapped(text: string, map: IncomingMap): MappedLines {
  const lines = linesOf(text);
  const lookUp = lookUpIn(map);
  const lineOf = (offset: number): number => {
    const line = lines.line(offset);
    return lookUp(line, lines.column(offset))?.line ?? line;
  };
  const nameOf = (offset: number, written: string): string => {
    const name = lookUp.nameAt(lines.line(offset), lines.column(offset));
    return name !== null && identifier.test(name) ? name : written;
  };
  return {
    line: lineOf,
    // Kept until the end, where it becomes a column.
    column: (offset) => offset,
    name(offset, written) {
      const own = nameOf(offset, written);
      const variable = own.startsWith("_") ? assignedClass.exec(text.slice(Math.max(0, offset - 200), offset)) : null;
      if (variable === null) return own;
      const [whole, outer = ""] = variable;
      return own === `_${nameOf(offset - whole.length, outer)}` ? own.slice(1) : own;
    },
    // What a compiler adds to a class it maps to where the class begins, or its name, or to nothing.
    wrote(offset, classOffset) {
      const place = lookUp(lines.line(offset), lines.column(offset));
      const begin = lookUp(lines.line(classOffset), lines.column(classOffset));
      if (place === null || begin === null || place.source !== begin.source) return true;
      return place.line > begin.line || (place.line === begin.line && place.column > begin.column);
    },
    finish(instrumentation) {
      const names: string[] = [];
      const of = instrumentation.functions.map(({ kind, column: offset }) => {
        if (kind === "module" || (kind === "class" && namer.test(text.slice(offset, offset + 30)))) return -1;
        const found = lookUp.from(lines.line(offset), lines.column(offset), reach);
        if (found === null) return -1;
        const known = names.indexOf(found.source);
        return known === -1 ? names.push(found.source) - 1 : known;
      });
      if (names.length === 0) names.push(...map.sourceNames);
      const made = new Set(of.flatMap((source, index) => (source === -1 && index > 0 ? [index] : [])));
      const functions = withoutMade(instrumentation.functions, made).map((each) =>
        each.kind === "module" ? each : { ...each, column: lines.column(each.column) },
      );
      const inserts = made.size === 0 ? instrumentation.inserts : unrecorded(instrumentation.inserts, made);
      return { instrumentation: { ...instrumentation, inserts, functions }, sources: { names, of } };
    },
  };
}

/** `<anonymous>.Cart.add`, where the function without a name is a wrapper, is `Cart.add`. */
function withoutMade(functions: readonly FunctionDefinition[], made: ReadonlySet<number>): FunctionDefinition[] {
  const prefixes = [...made].flatMap((index) => {
    const { name = "" } = functions[index] ?? {};
    return name.endsWith("<anonymous>") ? [`${name}.`] : [];
  });
  return functions.map((each) => {
    const prefix = prefixes.find((candidate) => each.name.startsWith(candidate));
    const name = prefix === undefined ? each.name : each.name.slice(prefix.length);
    // esbuild wraps a CommonJS module in a method that is called like its file.
    return { ...each, name: name.replace(/^(?:.*\/)?[^/.]+\.[cm]?[jt]sx?\./, "") };
  });
}

/** Their entries name function 0, which is none: hooks of a call that is not recorded do nothing. */
export function unrecorded(inserts: Inserts, made: ReadonlySet<number>): Inserts {
  const texts = [...inserts.texts];
  const number = inserts.number.slice();
  const head = inserts.head.slice();
  for (let insert = 0; insert < number.length; insert++) {
    const numbered = number[insert] ?? -1;
    if (numbered < 0 || (numbered & 1) === 1 || !made.has(numbered >> 1)) continue;
    head[insert] = texts.push(`${texts[head[insert] ?? 0] ?? ""}0${texts[inserts.tail[insert] ?? 0] ?? ""}`) - 1;
    number[insert] = -1;
  }
  return { ...inserts, texts, number, head };
}
