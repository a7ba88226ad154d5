// Keeps secrets out of what is written, by the rules of spec/redaction.json: by the name a value is bound to and by
// the shape of text. The host applies it to command lines and environments, an agent to everything it captures.
import {
  anyExact,
  anySuffix,
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
  argv: (argv: readonly string[]) => string[];
  environment: (variables: Readonly<Record<string, string | undefined>>) => Record<string, string>;
}

interface Span {
  start: number;
  order: number;
  stop: number;
  why: string;
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

/** The form under which names are compared: see spec/values.md, "By name". */
export function normalised(name: string): string {
  return name
    .replace(/[_\-. ]/g, "")
    .toLowerCase()
    .replace(/[0-9]+$/, "");
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
    if (name === "" || allowed.has(name)) return undefined;
    const ending = (entries: [string, string][]) => entries.find(([suffix]) => name.endsWith(suffix))?.[1];
    const any = exact.get(name) ?? ending(suffixes);
    if (any !== undefined) return { why: `name:${any}`, textOnly: false };
    const text = textNames.get(name) ?? ending(textSuffixes);
    return text === undefined ? undefined : { why: `name:${text}`, textOnly: true };
  }

  function name(written: string): NameRule | undefined {
    if (asWritten.has(written)) return undefined;
    const end = written.length <= 256 ? written : written.slice(-128);
    const found = match(normalised(end));
    if (found !== undefined || !end.startsWith("_") || !end.includes("__")) return found;
    return match(normalised(end.slice(end.lastIndexOf("__"))));
  }

  function pairs(text: string, order: number, names: RegExp, value: RegExp): Span[] {
    const spans: Span[] = [];
    names.lastIndex = 0;
    for (let found = names.exec(text); found !== null; found = names.exec(text)) {
      const end = names.lastIndex;
      const written = found[1] ?? "";
      const rule = name(written);
      if (rule === undefined) continue;
      value.lastIndex = end;
      const [, held] = value.exec(text) ?? [];
      if (held === undefined) continue;
      const stop = value.lastIndex;
      const bare = held.replace(/^[\\"']+/, "");
      const nameStart = found.index + found[0].indexOf(written);
      const separator = text.slice(nameStart + written.length, end).trimStart();
      if (bare === "" || visible.has(bare) || bare.startsWith("[redacted:")) continue;
      if (rule.textOnly && separator.startsWith(":") && !(bare.length >= 8 && /[0-9]/.test(bare))) continue;
      spans.push({ start: stop - bare.length, order, stop, why: rule.why });
      names.lastIndex = stop;
    }
    return spans;
  }

  function spansOf(text: string): Span[] {
    const spans: Span[] = [];
    for (const [order, shape] of matchers.entries()) {
      if (shape.needs.length > 0 && !shape.needs.some((literal) => text.includes(literal))) continue;
      if (shape.value !== undefined) {
        spans.push(...pairs(text, order, shape.regex, shape.value));
        continue;
      }
      for (const found of text.matchAll(shape.regex)) {
        const place = found.indices?.[shape.group];
        if (place === undefined) continue;
        if (shape.check === "luhn" && !luhn(found[0])) continue;
        if (shape.check === "base64-colon" && !holdsColon(found[shape.group] ?? "")) continue;
        spans.push({ start: place[0], order, stop: place[1], why: shape.id });
      }
    }
    for (const pattern of extra)
      for (const found of text.matchAll(pattern))
        if (found[0] !== "")
          spans.push({ start: found.index, order: shapes.length, stop: found.index + found[0].length, why: "pattern" });
    return spans.sort((a, b) => a.start - b.start || a.order - b.order);
  }

  function text(written: string): string {
    let shown = "";
    let end = 0;
    for (const { start, stop, why } of spansOf(written)) {
      if (start >= end) shown += `${written.slice(end, start)}[redacted:${why}]`;
      end = Math.max(end, stop);
    }
    return shown + written.slice(end);
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

  return { name, text, argv, environment };
}

const standard = redactorOf();

/** Why a value bound to this name is withheld by the built-in rules. */
export const redactName = standard.name;
/** The text with its secrets replaced by marks such as `[redacted:jwt]`. */
export const redactText = standard.text;
/** A command line without the values of its secret options: `--password x`, `--token=x`, `KEY=x`, `-u user:x`. */
export const redactArgv = standard.argv;

function luhn(text: string): boolean {
  let total = 0;
  let double = false;
  for (const char of text
    .replace(/[^0-9]/g, "")
    .split("")
    .reverse()) {
    const digit = Number(char) * (double ? 2 : 1);
    total += digit > 9 ? digit - 9 : digit;
    double = !double;
  }
  return total % 10 === 0;
}

/** Whether base64 text decodes to `user:password`: "basic understanding" does not. */
function holdsColon(text: string): boolean {
  try {
    return atob(text).includes(":");
  } catch {
    return false;
  }
}
