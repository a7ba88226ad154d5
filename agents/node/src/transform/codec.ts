// An instrumentation as bytes, for a cache: numbers in columns that are read as they lie, texts as JSON, each text once. What
// splicing does not need is not read before somebody asks for it.
import type { CallSite, FunctionDefinition, Given, Inserts, Instrumentation } from "../hooks.ts";

const givens: readonly Given[] = ["chained", "passed"];

/** Changes whenever the bytes mean something else. */
const format = 3;
/** Format, number of inserts and of sites, and the lengths of the three texts. */
const headerNumbers = 6;
const columns = 4;

export function encodeInstrumentation({ hooks, inserts, functions, sites }: Instrumentation): Uint8Array {
  const names = new Map<string, number>();
  const name = (text: string): number => {
    const known = names.get(text) ?? names.size;
    if (known === names.size) names.set(text, known);
    return known;
  };
  const siteColumns = [
    sites.map(({ caller }) => caller),
    sites.map(({ line }) => line),
    sites.map(({ callee }) => name(callee)),
    sites.map(({ from }) => (from === null ? -1 : name(from))),
  ];
  const texts = [[hooks, ...inserts.texts], functions.map(packFunction), [...names.keys()]].map((part) =>
    new TextEncoder().encode(JSON.stringify(part)),
  );
  const numbers = headerNumbers + (inserts.at.length + sites.length) * columns;
  const bytes = new Uint8Array(numbers * 4 + texts.reduce((sum, { length }) => sum + length, 0));
  const ints = new Int32Array(bytes.buffer, 0, numbers);
  ints.set([format, inserts.at.length, sites.length, ...texts.map(({ length }) => length)]);
  let place = headerNumbers;
  for (const column of [inserts.at, inserts.head, inserts.number, inserts.tail, ...siteColumns]) {
    ints.set(column, place);
    place += column.length;
  }
  let at = numbers * 4;
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length;
  }
  return bytes;
}

/** Null if these are not bytes that this version has written. */
export function decodeInstrumentation(bytes: Uint8Array): Instrumentation | null {
  if (bytes.length < headerNumbers * 4) return null;
  // Bytes out of a pool of buffers need not lie where 32-bit numbers may.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const ints = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const [written, count = -1, siteCount = -1, ...lengths] = ints.subarray(0, headerNumbers);
  const start = (headerNumbers + (count + siteCount) * columns) * 4;
  const total = lengths.reduce((sum, length) => sum + length, start);
  if (written !== format || count < 0 || siteCount < 0 || total !== bytes.length) return null;
  const text = (part: number): unknown => {
    const at = lengths.slice(0, part).reduce((sum, length) => sum + length, start);
    return JSON.parse(new TextDecoder().decode(aligned.subarray(at, at + (lengths[part] ?? 0))));
  };
  const column = (from: number, place: number, length: number): Int32Array =>
    ints.subarray(from + place * length, from + (place + 1) * length);
  const insertColumn = (place: number): Int32Array => column(headerNumbers, place, count);
  const siteColumn = (place: number): Int32Array => column(headerNumbers + count * columns, place, siteCount);
  try {
    const [hooks = "", ...texts] = text(0) as string[];
    const [at, head, number, tail] = [insertColumn(0), insertColumn(1), insertColumn(2), insertColumn(3)];
    return new Decoded(
      hooks,
      { at, head, number, tail, texts },
      () => (text(1) as PackedFunction[]).map(unpackFunction),
      () => unpackSites([siteColumn(0), siteColumn(1), siteColumn(2), siteColumn(3)], text(2) as string[]),
    );
  } catch {
    return null;
  }
}

/** Definitions are parsed when somebody asks for them. */
class Decoded implements Instrumentation {
  readonly hooks: string;
  readonly inserts: Inserts;
  readonly #readFunctions: () => FunctionDefinition[];
  readonly #readSites: () => CallSite[];
  #functions: FunctionDefinition[] | null = null;
  #sites: CallSite[] | null = null;

  constructor(hooks: string, inserts: Inserts, functions: () => FunctionDefinition[], sites: () => CallSite[]) {
    this.hooks = hooks;
    this.inserts = inserts;
    this.#readFunctions = functions;
    this.#readSites = sites;
  }

  get functions(): readonly FunctionDefinition[] {
    this.#functions ??= this.#readFunctions();
    return this.#functions;
  }

  get sites(): readonly CallSite[] {
    this.#sites ??= this.#readSites();
    return this.#sites;
  }
}

type PackedFunction = [
  FunctionDefinition["name"],
  FunctionDefinition["kind"],
  number,
  number,
  readonly string[],
  readonly string[] | 0,
  HandedOn?,
];

/** Whether it is given on, how, and whether it makes functions: 1 and 2, 4. */
type HandedOn = number;

function packFunction({
  name,
  kind,
  line,
  column,
  parameters,
  captures,
  given,
  makes,
}: FunctionDefinition): PackedFunction {
  const own = captures.join() === parameters.join() ? 0 : captures;
  const bits = (given ? givens.indexOf(given) + 1 : 0) + (makes ? 4 : 0);
  return bits > 0 ? [name, kind, line, column, parameters, own, bits] : [name, kind, line, column, parameters, own];
}

function unpackFunction([name, kind, line, column, parameters, own, bits = 0]: PackedFunction): FunctionDefinition {
  const captures = own === 0 ? parameters : own;
  const given = givens[(bits & 3) - 1];
  return { name, kind, line, column, parameters, captures, ...(given && { given }), ...(bits >= 4 && { makes: true }) };
}

type SiteColumns = readonly [caller: Int32Array, line: Int32Array, callee: Int32Array, from: Int32Array];

function unpackSites([caller, line, callee, from]: SiteColumns, names: readonly string[]): CallSite[] {
  const sites: CallSite[] = [];
  for (let site = 0; site < caller.length; site++) {
    const named = names[callee[site] ?? 0] ?? "";
    const module = from[site] ?? -1;
    sites.push({
      caller: caller[site] ?? 0,
      line: line[site] ?? 0,
      callee: named,
      from: module < 0 ? null : (names[module] ?? null),
    });
  }
  return sites;
}
