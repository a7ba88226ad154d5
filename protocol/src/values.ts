// The types of captured values (spec/values.md), and their drawing as short text for people and models, as Python writes them.

/** A captured value as JSON. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

/** A value that JSON alone does not tell: `$` says what it is. */
export type Marked = { $: string } & { [key: string]: Value };

/** Not opened, because the function that it was given to is called often. */
export function isClosedAsHot(value: Value): boolean {
  if (!isMarked(value)) return false;
  // A field of a program's class can have any name, a key of one of our kinds cannot.
  const told = /^[a-z_]+$/.test(value.$) ? value : value["$cut"];
  return part(told, "why") === "hot" || (value["$value"] !== undefined && isClosedAsHot(value["$value"]));
}

export interface DrawOptions {
  /** Characters of the whole text at most; what is cut ends in `…`. */
  width?: number;
}

export function isMarked(value: Value): value is Marked {
  return typeof value === "object" && value !== null && !Array.isArray(value) && typeof value["$"] === "string";
}

/**
 * One line of text for a value of a Python program (javascript-values.ts has the other), as its programmers would write it: `Order(id=5, total=9.5)`,
 * `[1, 2, … 4998 more]`, `'abc…' (12000 characters)`. Control characters are escaped.
 */
export function drawValue(value: Value, options: DrawOptions = {}): string {
  return clip(draw(value), options.width);
}

/** The arguments of a call as they would be written: `id=5, note='x'`. */
export function drawArguments(args: { [name: string]: Value }, options: DrawOptions = {}): string {
  return clip(fields(args).join(", "), options.width);
}

function clip(text: string, width: number | undefined): string {
  if (width === undefined || text.length <= width) return text;
  const cut = text.slice(0, Math.max(0, width - 1));
  // Never half of a surrogate pair.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function draw(value: Value): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(draw).join(", ")}]`;
  return isMarked(value) ? marked(value) : `{${entries(value).join(", ")}}`;
}

export function quoted(text: string): string {
  return `'${escaped(text).replace(/'/g, "\\'")}'`;
}

export function escaped(text: string): string {
  return text.replace(/[\\\p{Cc}\u2028\u2029]/gu, (char) => {
    if (char === "\\") return "\\\\";
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (char === "\r") return "\\r";
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A key as the program had it: one `$` less than in the record. */
export function plainKey(name: string): string {
  return name.startsWith("$$") ? name.slice(1) : name;
}

function key(name: string): string {
  return escaped(plainKey(name));
}

function entries(value: { [key: string]: Value }): string[] {
  return Object.entries(value).map(([name, held]) =>
    name === "$cut" ? cutMark(held) : `'${key(name).replace(/'/g, "\\'")}': ${draw(held)}`,
  );
}

function fields(value: { [key: string]: Value }): string[] {
  return Object.entries(value)
    .filter(([name]) => name !== "$" && name !== "$id")
    .map(([name, held]) => {
      if (name === "$cut") return cutMark(held);
      return name === "$value" ? draw(held) : `${key(name)}=${draw(held)}`;
    });
}

export function cutMark(cut: Value): string {
  const more = part(cut, "more");
  return typeof more === "number" ? `… ${more} more` : "…";
}

export function part(value: Value | undefined, name: string): Value | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

export function word(value: Value | undefined): string {
  return typeof value === "string" ? escaped(value) : value === undefined ? "?" : draw(value);
}

const brackets: { [kind: string]: [string, string] } = {
  list: ["[", "]"],
  tuple: ["(", ")"],
  set: ["{", "}"],
  frozenset: ["frozenset({", "})"],
  deque: ["deque([", "])"],
  dict: ["{", "}"],
};

function items(value: Marked, [open, close]: [string, string]): string {
  const held = value["items"] ?? value["entries"];
  const length = value["len"];
  if (!Array.isArray(held)) return typeof length === "number" ? `${open}… ${length} items${close}` : `${open}…${close}`;
  const pairs = value["entries"] !== undefined;
  const shown = held.map((item) =>
    pairs && Array.isArray(item) ? `${draw(item[0] ?? null)}: ${draw(item[1] ?? null)}` : draw(item),
  );
  if (typeof length === "number") shown.push(`… ${length - held.length} more`);
  const single = value.$ === "tuple" && shown.length === 1 ? "," : "";
  return `${open}${shown.join(", ")}${single}${close}`;
}

function marked(value: Marked): string {
  const kind = value.$;
  const bracket = brackets[kind];
  if (bracket !== undefined) return items(value, bracket);
  switch (kind) {
    case "str": {
      const head = value["head"] ?? value["escaped"];
      return `${quoted(typeof head === "string" ? head : "").slice(0, -1)}…' (${word(value["len"])} characters)`;
    }
    case "bytes":
    case "bytearray":
      return value["text"] === undefined
        ? `<${kind}, ${word(value["len"])} bytes: ${word(value["hex"])}>`
        : `b${draw(value["text"])}`;
    case "int":
      return value["digits"] === undefined
        ? `${value["negative"] === true ? "-" : ""}0x${word(value["head"])}… (${word(value["bits"])} bits)`
        : word(value["digits"]);
    case "float":
      return word(value["value"]);
    case "complex":
      return `(${word(value["real"])}${word(value["imag"]).startsWith("-") ? "" : "+"}${word(value["imag"])}j)`;
    case "datetime":
    case "date":
    case "time":
      return word(value["iso"]);
    case "decimal":
      return `Decimal(${word(value["digits"])})`;
    case "uuid":
    case "path":
      return word(value["text"]);
    case "enum":
      return `${word(value["type"])}.${word(value["name"])}`;
    case "redacted":
      return `[redacted:${word(value["why"])}]`;
    case "cut":
      return "…";
    case "cycle":
      return "<cycle>";
    case "unreadable":
      return `<unreadable: ${word(value["why"])}>`;
    case "undefined":
      return "undefined";
    case "exception":
      return `${word(value["type"])}(${Array.isArray(value["args"]) ? value["args"].map(draw).join(", ") : "…"})`;
    case "ndarray":
      return `ndarray(shape=${draw(value["shape"] ?? null)}, dtype=${word(value["dtype"])})`;
    case "function":
    case "method":
    case "class":
    case "module":
    case "generator":
    case "coroutine":
    case "async_generator":
    case "code":
    case "frame":
      return `<${kind} ${word(value["name"])}>`;
    default:
      return instance(kind, value);
  }
}

function instance(kind: string, value: Marked): string {
  const shown = fields(value);
  // A closed object has an identity and nothing else.
  return `${escaped(kind)}(${shown.length === 0 && value["$id"] !== undefined ? "…" : shown.join(", ")})`;
}
