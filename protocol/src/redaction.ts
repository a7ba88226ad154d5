// Keeps secrets out of what is written, by the rules of spec/redaction.json: by the name a value is bound to and by
// the shape of text. The host applies it to command lines and environments, an agent to everything it captures: `name` and
// `text` run no code that a program could have put in the place of a built-in function.
import {
  endsWith,
  exec,
  fromBase64,
  getFrom,
  includes,
  isIn,
  lastIndexOf,
  sliceText,
  startsWith,
  toLowerCase,
  trimStart,
  unitAt,
} from "./captured.ts";
import {
  anyExact,
  anySuffix,
  hints,
  never,
  neverAsWritten,
  plainValues,
  shapes,
  textExact,
  textSuffix,
} from "./redaction-rules.ts";

/** Why a value bound to a name is withheld. `textOnly`: only texts and bytes are, as for `token`. */
export interface NameRule {
  why: string;
  textOnly: boolean;
}

export interface RedactionSettings {
  /** More names, compared as the built-in ones are; with a leading `*` the end of a name. */
  names?: readonly string[];
  /** Regular expressions whose whole match is replaced. */
  patterns?: readonly string[];
  /** Names that are never withheld. */
  allow?: readonly string[];
}

export interface Redactor {
  name: (name: string) => NameRule | undefined;
  text: (text: string) => string;
  /** The first `limit` units of a longer text; a secret that begins in them is replaced whole. */
  head: (text: string, limit: number) => string;
  argv: (argv: readonly string[]) => string[];
  environment: (variables: Readonly<Record<string, string | undefined>>) => Record<string, string>;
}

/** In order of their starts; a list rather than an array, whose methods are the program's to change. */
interface Span {
  start: number;
  order: number;
  stop: number;
  why: string;
  next: Span | null;
}

/** Pairs of the compared and the written form, longest first, so that the most exact name is told. */
function compared(names: readonly string[]): [string, string][] {
  return names
    .map((name): [string, string] => [normalised(name), name])
    .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
}

const anySuffixes = compared(anySuffix);
const textSuffixes = compared(textSuffix);
const textNames = new Map(compared(textExact));
const neverNames = never.map(normalised);
const visible = new Set<string>(plainValues);
const asWritten = new Set<string>(neverAsWritten);
const matchers = shapes.map((shape) => ({
  ...shape,
  needs: shape.needs as readonly string[],
  // `d` gives the place of the group that is replaced.
  regex: new RegExp(shape.pattern, "dg"),
  value: shape.value === "" ? undefined : new RegExp(shape.value, "dy"),
}));

/** What every text with a secret matches: the others, nearly all, are not looked at for each shape. */
const hinted = new RegExp(hints.join("|"));

/** The form under which names are compared: see spec/values.md, "By name". */
export function normalised(name: string): string {
  let plain = "";
  for (let i = 0; i < name.length; i++) {
    const char = name[i] as string;
    if (char !== "_" && char !== "-" && char !== "." && char !== " ") plain += char;
  }
  plain = toLowerCase(plain);
  let end = plain.length;
  while (end > 0 && isDigit(unitAt(plain, end - 1))) end--;
  return end === plain.length ? plain : sliceText(plain, 0, end);
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}

function hasDigit(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (isDigit(unitAt(text, i))) return true;
  return false;
}

export function redactorOf(settings: RedactionSettings = {}): Redactor {
  const exact = new Map(compared(anyExact));
  const suffixes: [string, string][] = [];
  for (const name of settings.names ?? []) {
    if (name.startsWith("*")) suffixes.push([normalised(name.slice(1)), name.slice(1)]);
    else exact.set(normalised(name), name);
  }
  suffixes.push(...anySuffixes);
  const wanted = new Set((settings.names ?? []).map(normalised));
  const allowed = new Set(neverNames.filter((name) => !wanted.has(name)));
  for (const name of settings.allow ?? []) allowed.add(normalised(name));
  const extra = (settings.patterns ?? []).map((pattern) => new RegExp(pattern, "g"));

  function match(name: string): NameRule | undefined {
    if (name === "" || isIn(allowed, name)) return undefined;
    const any = getFrom(exact, name) ?? ending(suffixes, name);
    if (any !== undefined) return { why: `name:${any}`, textOnly: false };
    const text = getFrom(textNames, name) ?? ending(textSuffixes, name);
    return text === undefined ? undefined : { why: `name:${text}`, textOnly: true };
  }

  function name(written: string): NameRule | undefined {
    if (isIn(asWritten, written)) return undefined;
    const end = written.length <= 256 ? written : sliceText(written, -128);
    const found = match(normalised(end));
    if (found !== undefined || end[0] !== "_" || !includes(end, "__")) return found;
    return match(normalised(sliceText(end, lastIndexOf(end, "__"))));
  }

  function pairs(first: Span | null, text: string, order: number, names: RegExp, value: RegExp): Span | null {
    let spans = first;
    names.lastIndex = 0;
    for (let found = exec(names, text); found !== null; found = exec(names, text)) {
      const end = names.lastIndex;
      const written = found[1] ?? "";
      const rule = name(written);
      if (rule === undefined) continue;
      value.lastIndex = end;
      const held = exec(value, text)?.[1];
      if (held === undefined) continue;
      const stop = value.lastIndex;
      const bare = withoutQuotes(held);
      const nameStart = found.index + indexIn(found[0], written);
      const separator = trimStart(sliceText(text, nameStart + written.length, end));
      if (bare === "" || isIn(visible, bare) || startsWith(bare, "[redacted:")) continue;
      if (rule.textOnly && separator[0] === ":" && !(bare.length >= 8 && hasDigit(bare))) continue;
      spans = withSpan(spans, { start: stop - bare.length, order, stop, why: rule.why, next: null });
      names.lastIndex = stop;
    }
    return spans;
  }

  function matches(first: Span | null, text: string, order: number, matcher: (typeof matchers)[number]): Span | null {
    const { regex, group, check, id } = matcher;
    let spans = first;
    regex.lastIndex = 0;
    for (let found = exec(regex, text); found !== null; found = exec(regex, text)) {
      const place = found.indices?.[group];
      if (place === undefined) continue;
      if (check === "luhn" && !luhn(found[0])) continue;
      if (check === "base64-colon" && !holdsColon(found[group] ?? "")) continue;
      spans = withSpan(spans, { start: place[0], order, stop: place[1], why: id, next: null });
    }
    return spans;
  }

  function spansOf(text: string): Span | null {
    let spans: Span | null = null;
    const most = exec(hinted, text) === null ? 0 : matchers.length;
    for (let order = 0; order < most; order++) {
      const matcher = matchers[order] as (typeof matchers)[number];
      if (!hasOne(matcher.needs, text)) continue;
      spans =
        matcher.value === undefined
          ? matches(spans, text, order, matcher)
          : pairs(spans, text, order, matcher.regex, matcher.value);
    }
    for (let i = 0; i < extra.length; i++) {
      const pattern = extra[i] as RegExp;
      pattern.lastIndex = 0;
      for (let found = exec(pattern, text); found !== null; found = exec(pattern, text)) {
        if (found[0] === "") pattern.lastIndex++;
        else {
          const stop = found.index + found[0].length;
          spans = withSpan(spans, { start: found.index, order: matchers.length, stop, why: "pattern", next: null });
        }
      }
    }
    return spans;
  }

  function text(written: string): string {
    return head(written, written.length);
  }

  function head(written: string, limit: number): string {
    let shown = "";
    let end = 0;
    for (let span = spansOf(written); span !== null && span.start < limit; span = span.next) {
      const { start, stop, why } = span;
      if (start >= end) shown += `${sliceText(written, end, start)}[redacted:${why}]`;
      if (stop > end) end = stop;
    }
    return end >= limit ? shown : shown + sliceText(written, end, limit);
  }

  function argv(words: readonly string[]): string[] {
    let why: string | undefined;
    return words.map((word) => {
      const pending = why;
      why = undefined;
      // `--no-password -v`: what follows is another option and not the value.
      if (pending !== undefined && !/^--?[A-Za-z]/.test(word) && word !== "" && !visible.has(word))
        return pending === "credentials" ? word.replace(/:.+$/s, ":[redacted:credentials]") : `[redacted:${pending}]`;
      const option = /^--?([A-Za-z][A-Za-z0-9_.-]+)$/.exec(word);
      if (option !== null) why = name(option[1] ?? "")?.why;
      // curl's way to say user:password.
      if (word === "-u" || word === "--user") why = "credentials";
      const assignment = /^(-{0,2}([A-Za-z_][A-Za-z0-9_.-]*)=)(.+)$/s.exec(word);
      if (assignment !== null) {
        const [, head = "", key = "", value = ""] = assignment;
        const rule = name(key);
        if (rule !== undefined && !visible.has(value)) return `${head}[redacted:${rule.why}]`;
      }
      return text(word);
    });
  }

  function environment(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const [key, value] of Object.entries(variables)) {
      if (value === undefined) continue;
      const rule = name(key);
      shown[key] = rule !== undefined && value !== "" && !visible.has(value) ? `[redacted:${rule.why}]` : text(value);
    }
    return shown;
  }

  return { name, text, head, argv, environment };
}

const standard = redactorOf();

/** Why a value bound to this name is withheld by the built-in rules. */
export const redactName = standard.name;
/** The text with its secrets replaced by marks such as `[redacted:jwt]`. */
export const redactText = standard.text;
/** A command line without the values of its secret options: `--password x`, `--token=x`, `KEY=x`, `-u user:x`. */
export const redactArgv = standard.argv;

function ending(entries: readonly [string, string][], name: string): string | undefined {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as [string, string];
    if (endsWith(name, entry[0])) return entry[1];
  }
  return undefined;
}

function hasOne(literals: readonly string[], text: string): boolean {
  if (literals.length === 0) return true;
  for (let i = 0; i < literals.length; i++) if (includes(text, literals[i] as string)) return true;
  return false;
}

/** Behind those that start before it, or as early by a shape that stands first. */
function withSpan(first: Span | null, span: Span): Span {
  const isBehind = (other: Span) =>
    other.start < span.start || (other.start === span.start && other.order <= span.order);
  if (first === null || !isBehind(first)) {
    span.next = first;
    return span;
  }
  let before = first;
  while (before.next !== null && isBehind(before.next)) before = before.next;
  span.next = before.next;
  before.next = span;
  return first;
}

function indexIn(text: string, part: string): number {
  let at = 0;
  while (!startsWith(sliceText(text, at), part)) at++;
  return at;
}

function withoutQuotes(text: string): string {
  let start = 0;
  while (text[start] === "\\" || text[start] === '"' || text[start] === "'") start++;
  return sliceText(text, start);
}

function luhn(text: string): boolean {
  let total = 0;
  let double = false;
  for (let i = text.length - 1; i >= 0; i--) {
    const unit = unitAt(text, i);
    if (!isDigit(unit)) continue;
    const digit = (unit - 48) * (double ? 2 : 1);
    total += digit > 9 ? digit - 9 : digit;
    double = !double;
  }
  return total % 10 === 0;
}

/** Whether base64 text decodes to `user:password`: "basic understanding" does not. */
function holdsColon(text: string): boolean {
  try {
    return includes(fromBase64(text), ":");
  } catch {
    return false;
  }
}
