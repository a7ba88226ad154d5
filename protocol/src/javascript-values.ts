// Captured values of a JavaScript program as short text, as `console.log` would show them: `Order {id: 5, note: null}`,
// `Map {'a' => 1}`, `[TypeError: bad]`. The forms of values are those of spec/values.md.
import { cutMark, escaped, isMarked, part, plainKey, quoted, word, type Marked, type Value } from "./values.ts";

/** One line of text. Control characters are escaped. */
export function drawJavaScriptValue(value: Value): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(drawJavaScriptValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) return isMarked(value) ? marked(value) : braced("", fields(value));
  return Object.is(value, -0) ? "-0" : String(value);
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function fields(value: { [key: string]: Value }): string[] {
  return Object.entries(value)
    .filter(([name]) => name !== "$" && name !== "$id")
    .map(([name, held]) => {
      if (name === "$cut") return cutMark(held);
      if (name === "$value") return drawJavaScriptValue(held);
      const key = plainKey(name);
      return `${identifier.test(key) ? key : quoted(key)}: ${drawJavaScriptValue(held)}`;
    });
}

function braced(name: string, inner: readonly string[]): string {
  return `${name === "" ? "" : `${name} `}{${inner.join(", ")}}`;
}

/** What is in a list, a set, a map or a typed array, and how much more there was. */
function held(value: Marked): string[] {
  const length = value["len"];
  const entries = value["entries"];
  const items = Array.isArray(entries) ? entries.map((entry) => entryText(value.$, entry)) : itemsOf(value["items"]);
  if (items === null) return [typeof length === "number" ? `… ${length} ${length === 1 ? "item" : "items"}` : "…"];
  return typeof length === "number" && length > items.length ? [...items, `… ${length - items.length} more`] : items;
}

function itemsOf(items: Value | undefined): string[] | null {
  return Array.isArray(items) ? items.map(drawJavaScriptValue) : null;
}

function entryText(kind: string, entry: Value): string {
  const [key = null, value = null] = Array.isArray(entry) ? entry : [entry];
  return `${drawJavaScriptValue(key)}${kind === "map" ? " =>" : ":"} ${drawJavaScriptValue(value)}`;
}

function marked(value: Marked): string {
  const kind = value.$;
  switch (kind) {
    case "list":
      return `[${held(value).join(", ")}]`;
    case "dict":
      return braced("", held(value));
    case "map":
      return braced("Map", held(value));
    case "set":
      return braced("Set", held(value));
    case "typedarray":
      return `${word(value["type"])} [${held(value).join(", ")}]`;
    case "str": {
      const head = value["head"] ?? value["escaped"];
      return `${quoted(typeof head === "string" ? head : "").slice(0, -1)}…' (${word(value["len"])} characters)`;
    }
    case "buffer":
      return value["text"] === undefined
        ? `Buffer (${word(value["len"])} bytes: ${word(value["hex"])})`
        : `Buffer ${drawJavaScriptValue(value["text"])}`;
    case "arraybuffer":
      return `ArrayBuffer (${word(value["len"])} bytes)`;
    case "int":
      return value["digits"] === undefined
        ? `${value["negative"] === true ? "-" : ""}0x${word(value["head"])}…n (${word(value["bits"])} bits)`
        : `${word(value["digits"])}n`;
    case "float":
      return word(value["value"]);
    case "undefined":
      return "undefined";
    case "hole":
      return "<empty>";
    case "symbol":
      return `Symbol(${typeof value["description"] === "string" ? escaped(value["description"]) : ""})`;
    case "date":
      return value["iso"] === null ? "Invalid Date" : word(value["iso"]);
    case "regexp":
      return `/${word(value["source"])}/${word(value["flags"] ?? "")}`;
    case "error": {
      const message = value["message"] === undefined ? "" : `: ${messageText(value["message"])}`;
      const own = value["fields"];
      const more = typeof own === "object" && own !== null && !Array.isArray(own) ? ` ${braced("", fields(own))}` : "";
      return `[${word(value["type"])}${message}${more}]`;
    }
    case "function":
    case "class":
      return value["name"] === undefined || value["name"] === "" ? `[${kind}]` : `[${kind} ${word(value["name"])}]`;
    case "promise":
    case "proxy":
    case "generator":
    case "module":
    case "boxed":
      return `[${kind}]`;
    case "accessor":
      return "[getter]";
    case "global":
      return "globalThis";
    case "redacted":
      return `[redacted:${word(value["why"])}]`;
    case "cut":
      return "…";
    case "cycle":
      return "[circular]";
    case "unreadable":
      return `[unreadable: ${word(value["why"])}]`;
    default:
      return instance(kind.replace(/^js\./, ""), value);
  }
}

function messageText(message: Value): string {
  if (typeof message === "string") return escaped(message);
  const head = part(message, "head");
  return typeof head === "string" ? `${escaped(head)}…` : drawJavaScriptValue(message);
}

function instance(name: string, value: Marked): string {
  const shown = fields(value);
  // A closed object has an identity and nothing else.
  return braced(escaped(name), shown.length === 0 && value["$id"] !== undefined ? ["…"] : shown);
}
