// What instrumented code calls, and what the transform tells about a file: the seam between transform/ (which writes the
// calls into the source), runtime/ (which records them) and loading/ (which brings the two together). Names are short
// because each of them stands in the program's source many times.

/** A number of a function, unique in the process: the base that the file was given, and its place in the file's list. */
export type FunctionNumber = number;

/** One execution, as `enter` gave it. Negative or zero: it is not recorded, and the other hooks do nothing with it. */
export type CallNumber = number;

/**
 * The value of the global that instrumented code names. No hook throws, calls code of the program's, keeps a value alive
 * longer than until the next flush, or adds a turn to the queue of microtasks.
 */
export interface Hooks {
  /** Enters a function; what is captured of it follows in the order of `captures`. */
  e0(fn: FunctionNumber): CallNumber;
  e1(fn: FunctionNumber, a: unknown): CallNumber;
  e2(fn: FunctionNumber, a: unknown, b: unknown): CallNumber;
  e3(fn: FunctionNumber, a: unknown, b: unknown, c: unknown): CallNumber;
  e4(fn: FunctionNumber, a: unknown, b: unknown, c: unknown, d: unknown): CallNumber;
  en(fn: FunctionNumber, captured: unknown[]): CallNumber;
  /** Its call returns this value, which is given back. */
  r<T>(call: CallNumber, value: T): T;
  /** Its call returns without a value: the end of the body, or `return;`. */
  q(call: CallNumber): void;
  /** An exception leaves its call; what the source has after it throws the exception on. `line` is that of the function. */
  x(call: CallNumber, error: unknown): void;
  /** Before `await`, and between the steps of `for await`: the call is suspended. The operand is given back. */
  w<T>(call: CallNumber, operand: T): T;
  /** Before `yield`: the call is suspended with this value, which is given back. */
  y<T>(call: CallNumber, yielded: T): T;
  /** After `await` or `yield`: the call runs again. The value that it was resumed with is given back. */
  u<T>(call: CallNumber, value: T): T;
  /** The first statement of every `catch` and `finally` of a function that can be suspended: runs again, if it did not. */
  d(call: CallNumber): void;
  /** The operand of `throw` at this line, given back. */
  t<T>(call: CallNumber, line: number, error: T): T;
  /** A `catch` clause at this line was entered. */
  c(call: CallNumber, line: number, error: unknown): void;
  /**
   * The last thing before a call of an unknown callee at this site: counts the site until a function that is recorded is
   * entered. Gives its second argument back, so that it can wrap an argument.
   */
  s<T>(site: number, value?: T): T;
}

/** As in the table of spec/spool.md, and `arrow` functions without a name are lambdas. */
export type FunctionKind =
  | "function" | "method" | "lambda" | "class" | "module" | "generator" | "coroutine" | "async_generator"; // prettier-ignore

export interface FunctionDefinition {
  /** Qualified within the module: `Cart.add`, `makeAdder.<lambda>`, `Cart.#total`, `Cart.static create`, `get size`. */
  readonly name: string;
  readonly kind: FunctionKind;
  /** 1-based, in the text that was instrumented: source maps are applied by loading/. */
  readonly line: number;
  /** 0-based, in UTF-16 units. */
  readonly column: number;
  /** All names in order; rest parameters with `...`; the names that a pattern binds, each by itself. */
  readonly parameters: readonly string[];
  /** Names of the values that its enter hook is given, in order: parameters, and `this` first where it is given. */
  readonly captures: readonly string[];
}

/** A place from which something that may not be recorded is called. */
export interface CallSite {
  /** Place in the file's list of functions; -1 for the module's own code. */
  readonly caller: number;
  readonly line: number;
  /** The text of the callee as it is written: `fs.readFileSync`, `items.map`, `new Map`. */
  readonly callee: string;
  /** The module that its first name is imported from, where imports or `require` say so: `node:fs`, `express`, `./own`. */
  readonly from: string | null;
}

/** Text to be put in at an offset of the source (UTF-16 units). `fn` and `site` are added to the base of the file. */
export interface Insert {
  readonly at: number;
  /** `$F` stands for the number of function `fn`, `$S` for that of site `site`. It holds no line break. */
  readonly text: string;
  readonly fn?: number;
  readonly site?: number;
}

/** What is to be done to one file. Plain data: it is kept in a cache by the content of the file. */
export interface Instrumentation {
  /** In the order of `at`, and of the text where that is the same. */
  readonly inserts: readonly Insert[];
  readonly functions: readonly FunctionDefinition[];
  readonly sites: readonly CallSite[];
}
