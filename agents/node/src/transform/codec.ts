// An instrumentation as bytes, for a cache: numbers in columns that are read as they lie, texts as JSON, each text once. What
// splicing does not need is not read before somebody asks for it.
import type { CallSite, FunctionDefinition, Given, Inserts, Instrumentation, Local } from "../hooks.ts";

const givens: readonly Given[] = ["chained", "passed"];

/** Changes whenever the bytes mean something else. */
const format = 5;
/** Format, number of inserts, of functions and of sites, and the lengths of the three texts. */
const headerNumbers = 7;
const columns = 4;

// What is read late is read in the middle of a program, which may have put something else in the place of these.
const { parse } = JSON;
const textOf = Function.prototype.call.bind(Buffer.prototype.toString) as (
  bytes: Buffer,
  encoding: "utf8",
  start: number,
  end: number,
) => string;

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
  ints.set([format, inserts.at.length, functions.length, sites.length, ...texts.map(({ length }) => length)]);
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

/** Null if these are not bytes that this version has written. They must not change afterwards. */
export function decodeInstrumentation(bytes: Uint8Array): Instrumentation | null {
  if (bytes.length < headerNumbers * 4) return null;
  // Bytes out of a pool of buffers need not lie where 32-bit numbers may.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const aligned = Buffer.from(buffer, byteOffset, bytes.length);
  const ints = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  const number = (place: number): number => ints[place] ?? -1;
  const [written, count, functionCount, siteCount] = [number(0), number(1), number(2), number(3)];
  const [first, second, third] = [number(4), number(5), number(6)];
  const start = (headerNumbers + (count + siteCount) * columns) * 4;
  if (written !== format || count < 0 || siteCount < 0 || start + first + second + third !== bytes.length) return null;
  const column = (place: number): Int32Array =>
    ints.subarray(headerNumbers + place * count, headerNumbers + (place + 1) * count);
  const sites = headerNumbers + count * columns;
  try {
    const texts = parse(textOf(aligned, "utf8", start, start + first)) as string[];
    const hooks = texts.shift() ?? "";
    return new Decoded(
      hooks,
      { at: column(0), head: column(1), number: column(2), tail: column(3), texts },
      functionCount,
      siteCount,
      () => unpackFunctions(parse(textOf(aligned, "utf8", start + first, start + first + second)) as PackedFunction[]),
      () =>
        unpackSites(
          ints,
          sites,
          siteCount,
          parse(textOf(aligned, "utf8", bytes.length - third, bytes.length)) as string[],
        ),
    );
  } catch {
    return null;
  }
}

/** Definitions are parsed when somebody asks for them. */
class Decoded implements Instrumentation {
  readonly hooks: string;
  readonly inserts: Inserts;
  readonly functionCount: number;
  readonly siteCount: number;
  readonly #readFunctions: () => FunctionDefinition[];
  readonly #readSites: () => CallSite[];
  #functions: FunctionDefinition[] | null = null;
  #sites: CallSite[] | null = null;

  constructor(
    hooks: string,
    inserts: Inserts,
    functionCount: number,
    siteCount: number,
    functions: () => FunctionDefinition[],
    sites: () => CallSite[],
  ) {
    this.hooks = hooks;
    this.inserts = inserts;
    this.functionCount = functionCount;
    this.siteCount = siteCount;
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
  HandedOn,
  ...locals: (string | number)[],
];

/** Whether it is given on, how, and whether it makes functions: 1 and 2, 4. */
type HandedOn = number;

function packFunction(definition: FunctionDefinition): PackedFunction {
  const { name, kind, line, column, parameters, captures, given, makes, locals } = definition;
  const own = captures.join() === parameters.join() ? 0 : captures;
  const bits = (given ? givens.indexOf(given) + 1 : 0) + (makes ? 4 : 0);
  return [name, kind, line, column, parameters, own, bits, ...locals.flatMap((local) => [local.name, local.line])];
}

// Neither asks an iterator, nor a method of arrays: both are the program's to change.

function unpackFunctions(packed: readonly PackedFunction[]): FunctionDefinition[] {
  const functions: FunctionDefinition[] = [];
  for (let index = 0; index < packed.length; index++) {
    const each = packed[index] as PackedFunction;
    const parameters = each[4];
    const captures = each[5] === 0 ? parameters : each[5];
    const bits = each[6];
    const locals: Local[] = [];
    for (let at = 7; at < each.length; at += 2) {
      locals[locals.length] = { name: each[at] as string, line: each[at + 1] as number };
    }
    const given = givens[(bits & 3) - 1];
    functions[index] = {
      name: each[0], kind: each[1], line: each[2], column: each[3], parameters, captures, locals,
      ...(given && { given }), ...(bits >= 4 && { makes: true }),
    }; // prettier-ignore
  }
  return functions;
}

/** Columns from `start` in `ints`: caller, line, callee, from. */
function unpackSites(ints: Int32Array, start: number, count: number, names: readonly string[]): CallSite[] {
  const sites: CallSite[] = [];
  for (let site = 0; site < count; site++) {
    const at = start + site;
    const module = ints[at + 3 * count] ?? -1;
    sites[site] = {
      caller: ints[at] ?? 0,
      line: ints[at + count] ?? 0,
      callee: names[ints[at + 2 * count] ?? 0] ?? "",
      from: module < 0 ? null : (names[module] ?? null),
    };
  }
  return sites;
}
