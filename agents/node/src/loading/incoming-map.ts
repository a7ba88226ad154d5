// The source map that a file comes with: inline or beside it, whole or in sections. Says where a place of the file is in what
// the user wrote. Anything that is no map is as good as none: maps are written by many tools, and some are wrong.
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export interface RawMap {
  readonly mappings?: string;
  readonly sources?: readonly (string | null)[];
  readonly sourceRoot?: string;
  readonly sourcesContent?: readonly (string | null)[];
  /** Of what is called otherwise in the file, because a bundler or a minifier gave it another name. */
  readonly names?: readonly string[];
  readonly sections?: readonly {
    readonly offset: { readonly line: number; readonly column: number };
    readonly map: RawMap;
  }[];
}

export interface IncomingMap {
  readonly raw: RawMap;
  /** The folder that its sources are relative to. */
  readonly base: string;
  /** As `Place.source`; none for a map in sections. */
  readonly sourceNames: readonly string[];
}

/** A map that was not looked into: nobody has to who has met the file before. */
export interface FoundMap {
  /** Where the comment that names it begins in the text, and where it ends. */
  readonly from: number;
  readonly to: number;
  readonly inline: boolean;
  /** What stands in a file of its own; empty if it is inline. */
  readonly text: string;
  /** Null if it is none. */
  read(): IncomingMap | null;
}

/** A place in what the user wrote; `line` is 1-based, `column` 0-based. */
export interface Place {
  /** Absolute path, or a name that is none, such as that of a module in a bundler's memory. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

const comment = /\/\/[#@][ \t]*sourceMappingURL=([^\s'"`]+)[ \t]*$/gm;

export function findMap(text: string, file: string): FoundMap | null {
  // Searching from the end is ten times slower, and most files have none.
  if (!text.includes("sourceMappingURL=")) return null;
  const begin = text.lastIndexOf("sourceMappingURL=");
  comment.lastIndex = Math.max(0, text.lastIndexOf("\n", begin));
  const found = comment.exec(text);
  const url = found?.[1];
  if (!found || url === undefined) return null;
  const from = found.index;
  const to = from + found[0].length;
  const data = /^data:[^,]*?(;base64)?,/.exec(url);
  if (data !== null) {
    const body = url.slice(data[0].length);
    const json = () => (data[1] ? Buffer.from(body, "base64").toString("utf8") : decodeURIComponent(body));
    return { from, to, inline: true, text: "", read: once(json, dirname(file)) };
  }
  if (/^\w{2,}:/.test(url)) return null;
  try {
    const path = resolve(dirname(file), decodeURIComponent(url));
    if (!existsSync(path)) return null;
    const json = readFileSync(path, "utf8");
    return { from, to, inline: false, text: json, read: once(() => json, dirname(path)) };
  } catch {
    return null;
  }
}

function once(json: () => string, base: string): () => IncomingMap | null {
  let map: IncomingMap | null | undefined;
  return () => {
    if (map !== undefined) return map;
    try {
      const raw = JSON.parse(json().replace(/^\)\]\}'[^\n]*\n/, "")) as RawMap;
      map = { raw, base, sourceNames: sourcesOf(raw, base) };
    } catch {
      map = null;
    }
    return map;
  };
}

function sourcesOf({ sources, sourceRoot }: RawMap, base: string): string[] {
  return (sources ?? []).map((source) => sourcePath(source ?? "", sourceRoot ?? "", base));
}

/** `line` is 1-based, `column` 0-based. */
export interface LookUp {
  /** Of the last mapping that begins at or before this place on its line, else of the line's first. */
  (line: number, column: number): Place | null;
  /** Of the first mapping that begins there, or less than so many columns behind it. */
  from(line: number, column: number, columns: number): Place | null;
  /** What the user called the thing whose name stands exactly there; null where the map has no other name for it. */
  nameAt(line: number, column: number): string | null;
  /** The identifier that stands in the source where exactly this place is from; null where the map has no text of it. */
  identifierAt(line: number, column: number): string | null;
}

/** Reads the map once, and then answers for any place. */
export function lookUpIn(map: IncomingMap): LookUp {
  const lines = new Map<number, Segment[]>();
  readInto(lines, map.raw, 0, 0, map.base);
  const at = (line: number, column: number): Place | null => {
    const segments = lines.get(line - 1) ?? [];
    for (let index = after(segments, column) - 1; index >= 0; index--) {
      const place = segments[index]?.place;
      if (place) return place;
    }
    return segments.find((each) => each.place !== null)?.place ?? null;
  };
  const from = (line: number, column: number, columns: number): Place | null => {
    const segments = lines.get(line - 1) ?? [];
    for (let index = after(segments, column - 1); index < segments.length; index++) {
      const segment = segments[index];
      if (!segment || segment.column >= column + columns) return null;
      if (segment.place) return segment.place;
    }
    return null;
  };
  const nameAt = (line: number, column: number): string | null => {
    const segments = lines.get(line - 1) ?? [];
    const segment = segments[after(segments, column) - 1];
    return segment?.column === column ? segment.name : null;
  };
  const contents = contentsOf(map);
  const identifierAt = (line: number, column: number): string | null => {
    const segments = lines.get(line - 1) ?? [];
    const segment = segments[after(segments, column) - 1];
    if (segment?.column !== column || segment.place === null) return null;
    const { source, ...place } = segment.place;
    const text = contents(source)[place.line - 1];
    if (text === undefined) return null;
    identifier.lastIndex = place.column;
    return identifier.exec(text)?.[0] ?? null;
  };
  return Object.assign(at, { from, nameAt, identifierAt });
}

const identifier = /#?[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;

/** Lines of a source, split when they are first asked for. */
function contentsOf({ raw, sourceNames }: IncomingMap): (source: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (source) => {
    let split = known.get(source);
    if (split === undefined) {
      split = raw.sourcesContent?.[sourceNames.indexOf(source)]?.split(/\r\n|[\n\r\u2028\u2029]/) ?? [];
      known.set(source, split);
    }
    return split;
  };
}

/** The place of the first segment behind the column. */
function after(segments: readonly Segment[], column: number): number {
  let low = 0;
  for (let high = segments.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.column ?? 0) <= column) low = middle + 1;
    else high = middle;
  }
  return low;
}

interface Segment {
  readonly column: number;
  readonly place: Place | null;
  readonly name: string | null;
}

function readInto(lines: Map<number, Segment[]>, raw: RawMap, line: number, column: number, base: string): void {
  for (const { offset, map } of raw.sections ?? []) {
    readInto(lines, map, line + offset.line, (offset.line === 0 ? column : 0) + offset.column, base);
  }
  const sources = sourcesOf(raw, base);
  const mappings = raw.mappings ?? "";
  let at = 0;
  const names = raw.names ?? [];
  let [generatedLine, generatedColumn, source, originalLine, originalColumn, name] = [line, column, 0, 0, 0, 0];
  let segments = lines.get(line);
  const numbers = [0, 0, 0, 0, 0];
  while (at < mappings.length) {
    const char = mappings.charCodeAt(at);
    if (char === 59 /* ; */) {
      generatedLine++;
      generatedColumn = 0;
      segments = lines.get(generatedLine);
      at++;
    } else if (char === 44 /* , */) {
      at++;
    } else {
      let count = 0;
      for (; at < mappings.length && count < 5; count++) {
        const next = mappings.charCodeAt(at);
        if (next === 44 || next === 59) break;
        let shift = 0;
        let value = 0;
        for (let more = true; more;) {
          const digit = digits[mappings.charCodeAt(at++)] ?? 0;
          value += (digit & 31) << shift;
          shift += 5;
          more = digit > 31 && at < mappings.length;
        }
        numbers[count] = value & 1 ? -(value >> 1) : value >> 1;
      }
      generatedColumn += numbers[0] ?? 0;
      let place: Place | null = null;
      if (count >= 4) {
        source += numbers[1] ?? 0;
        originalLine += numbers[2] ?? 0;
        originalColumn += numbers[3] ?? 0;
        const path = sources[source];
        place = path === undefined ? null : { source: path, line: originalLine + 1, column: originalColumn };
      }
      if (count === 5) name += numbers[4] ?? 0;
      if (segments === undefined) lines.set(generatedLine, (segments = []));
      segments.push({ column: generatedColumn, place, name: count === 5 ? (names[name] ?? null) : null });
    }
  }
}

const digits: number[] = [];
for (const [value, char] of Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").entries()) {
  digits[char.charCodeAt(0)] = value;
}

/** What bundlers put before a path (`webpack://name/./src/a.ts`) is taken off. */
function sourcePath(source: string, root: string, base: string): string {
  const whole =
    root === "" || isAbsolute(source) || source.includes("://") ? source : `${root.replace(/\/$/, "")}/${source}`;
  if (whole.startsWith("file://")) {
    try {
      return fileURLToPath(whole);
    } catch {
      return whole;
    }
  }
  const bundled = /^(?:webpack|turbopack|rspack|rollup):\/\/[^/]*\/(?:\[project\]\/)?(.*)$/.exec(whole);
  if (bundled) {
    const inside = (bundled[1] ?? "").replace(/\?.*$/, "");
    return isAbsolute(inside) ? inside : resolve(process.cwd(), inside);
  }
  return /^\w{2,}:/.test(whole) ? whole : resolve(base, whole);
}
