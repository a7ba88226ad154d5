// An instrumentation as bytes, for a cache: the inserts as numbers that are read as they lie, the rest as JSON, and of that
// only what splicing needs is parsed at once.
import type { CallSite, FunctionDefinition, Inserts, Instrumentation } from "../hooks.ts";

/** Changes whenever the bytes mean something else. */
const format = 1;
/** Format, number of inserts, and the lengths of the three texts. */
const headerNumbers = 5;
const columns = 4;

export function encodeInstrumentation({ hooks, inserts, functions, sites }: Instrumentation): Uint8Array {
  const texts = [[hooks, ...inserts.texts], functions.map(packFunction), sites.map(packSite)].map((part) =>
    new TextEncoder().encode(JSON.stringify(part)),
  );
  const count = inserts.at.length;
  const numbers = headerNumbers + count * columns;
  const bytes = new Uint8Array(numbers * 4 + texts.reduce((sum, { length }) => sum + length, 0));
  const ints = new Int32Array(bytes.buffer, 0, numbers);
  ints.set([format, count, ...texts.map(({ length }) => length)]);
  [inserts.at, inserts.head, inserts.number, inserts.tail].forEach((column, place) => {
    ints.set(column, headerNumbers + place * count);
  });
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
  const [written, count = -1, ...lengths] = ints.subarray(0, headerNumbers);
  const start = (headerNumbers + count * columns) * 4;
  const total = lengths.reduce((sum, length) => sum + length, start);
  if (written !== format || count < 0 || total !== bytes.length) return null;
  const text = (part: number): unknown => {
    const at = lengths.slice(0, part).reduce((sum, length) => sum + length, start);
    return JSON.parse(new TextDecoder().decode(aligned.subarray(at, at + (lengths[part] ?? 0))));
  };
  const column = (place: number): Int32Array =>
    ints.subarray(headerNumbers + place * count, headerNumbers + (place + 1) * count);
  try {
    const [hooks = "", ...texts] = text(0) as string[];
    const inserts: Inserts = { at: column(0), head: column(1), number: column(2), tail: column(3), texts };
    return new Decoded(
      hooks,
      inserts,
      () => text(1) as PackedFunction[],
      () => text(2) as PackedSite[],
    );
  } catch {
    return null;
  }
}

/** Definitions are parsed when somebody asks for them. */
class Decoded implements Instrumentation {
  readonly hooks: string;
  readonly inserts: Inserts;
  readonly #readFunctions: () => PackedFunction[];
  readonly #readSites: () => PackedSite[];
  #functions: FunctionDefinition[] | null = null;
  #sites: CallSite[] | null = null;

  constructor(hooks: string, inserts: Inserts, functions: () => PackedFunction[], sites: () => PackedSite[]) {
    this.hooks = hooks;
    this.inserts = inserts;
    this.#readFunctions = functions;
    this.#readSites = sites;
  }

  get functions(): readonly FunctionDefinition[] {
    this.#functions ??= this.#readFunctions().map(unpackFunction);
    return this.#functions;
  }

  get sites(): readonly CallSite[] {
    this.#sites ??= this.#readSites().map(unpackSite);
    return this.#sites;
  }
}

type PackedFunction = [
  FunctionDefinition["name"],
  FunctionDefinition["kind"],
  number,
  number,
  readonly string[],
  readonly string[],
];
type PackedSite = [number, number, string, string | null];

function packFunction({ name, kind, line, column, parameters, captures }: FunctionDefinition): PackedFunction {
  return [name, kind, line, column, parameters, captures];
}

function unpackFunction([name, kind, line, column, parameters, captures]: PackedFunction): FunctionDefinition {
  return { name, kind, line, column, parameters, captures };
}

function packSite({ caller, line, callee, from }: CallSite): PackedSite {
  return [caller, line, callee, from];
}

function unpackSite([caller, line, callee, from]: PackedSite): CallSite {
  return { caller, line, callee, from };
}
