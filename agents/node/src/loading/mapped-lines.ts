// Places as the user wrote them, for a text that came with a source map. The transform asks for the line of each place that it
// tells; which of the map's sources a function is from is found when it is done. What the map says nothing of was put in by a
// compiler: helpers, wrappers. Such functions are not recorded, and are not in the names of others.
import type { Instrumentation } from "../hooks.ts";
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
  /** A class that is assigned to what has its name. */
  const isAlias = (offset: number, own: string): boolean => {
    const name = own.slice(1);
    if (lookUp.identifierAt(lines.line(offset), lines.column(offset)) === name) return true;
    if (text.includes(`__name(${own}, "${name}")`) || text.includes(`__name(${own},"${name}")`)) return true;
    const [whole, outer] = assignedClass.exec(text.slice(Math.max(0, offset - 200), offset)) ?? [];
    return whole !== undefined && outer !== undefined && nameOf(offset - whole.length, outer) === name;
  };
  /** Null where no user wrote what begins there. */
  const sourceOf = (offset: number): string | null => {
    if (text.startsWith("static", offset) && namer.test(text.slice(offset, offset + 30))) return null;
    return lookUp.from(lines.line(offset), lines.column(offset), reach)?.source ?? null;
  };
  return {
    line: lineOf,
    // Kept until the end, where it becomes a column.
    column: (offset) => offset,
    name(offset, written) {
      const own = nameOf(offset, written);
      return own.startsWith("_") && isAlias(offset, own) ? own.slice(1) : own;
    },
    // What a compiler adds to a class it maps to where the class begins, or its name, or to nothing.
    wrote(offset, classOffset) {
      const place = lookUp(lines.line(offset), lines.column(offset));
      const begin = lookUp(lines.line(classOffset), lines.column(classOffset));
      if (place === null || begin === null || place.source !== begin.source) return true;
      return place.line > begin.line || (place.line === begin.line && place.column > begin.column);
    },
    isCompiled: true,
    isOnePlace(keyword, name) {
      const [one, other] = [keyword, name].map((at) => lookUp.from(lines.line(at), lines.column(at), 1) ?? null);
      return !!one && !!other && one.line === other.line && one.column === other.column && one.source === other.source;
    },
    made: (offset) => sourceOf(offset) === null,
    finish(instrumentation) {
      const names: string[] = [];
      const of = instrumentation.functions.map(({ kind, column: offset }) => {
        const source = kind === "module" ? null : sourceOf(offset);
        if (source === null) return -1;
        const known = names.indexOf(source);
        return known === -1 ? names.push(source) - 1 : known;
      });
      if (names.length === 0) names.push(...map.sourceNames);
      const functions = instrumentation.functions.map((each) =>
        each.kind === "module" ? each : { ...each, column: lines.column(each.column) },
      );
      return { instrumentation: { ...instrumentation, functions }, sources: { names, of } };
    },
  };
}
