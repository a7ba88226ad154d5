// What instrumented code calls, and what the transform tells about a file: the seam between transform/ (which writes the
// calls into the source), runtime/ (which records them) and loading/ (which brings the two together). Names are short
// because each of them stands in the program's source many times.

/** A number of a function, unique in the process: the base that the file was given, and its place in the file's list. */
export type FunctionNumber = number;

/** One execution, as `enter` gave it. Negative or zero: it is not recorded, and the other hooks do nothing with it. */
export type CallNumber = number;

/**
 * The value of the global that instrumented code names. Calls may end without any of these hooks where they cannot be
 * seen (a body that cannot be put into `try`, an exception that leaves an ES module): an event of a call further down the
 * stack means that those above it are over. After the first of `r`, `q`, `x` and `f` the others do nothing, and all of
 * them may come while the call is suspended (an awaited promise that was rejected). No hook throws, calls code of the program's, keeps a value alive
 * longer than until the next flush, or adds a turn to the queue of microtasks.
 */
export interface Hooks {
  /**
   * Enters a function. `maker` is the call of the function around it, which made it, and which is what caused this call if
   * nothing recorded runs; 0 in functions of a module's own code. What is captured of it follows in the order of `captures`.
   */
  e0(fn: FunctionNumber, maker: CallNumber): CallNumber;
  e1(fn: FunctionNumber, maker: CallNumber, a: unknown): CallNumber;
  e2(fn: FunctionNumber, maker: CallNumber, a: unknown, b: unknown): CallNumber;
  e3(fn: FunctionNumber, maker: CallNumber, a: unknown, b: unknown, c: unknown): CallNumber;
  e4(fn: FunctionNumber, maker: CallNumber, a: unknown, b: unknown, c: unknown, d: unknown): CallNumber;
  en(fn: FunctionNumber, maker: CallNumber, captured: unknown[]): CallNumber;
  /** The call of a CommonJS module's or script's own code, which loading/ has entered. 0 if it is not recorded. */
  m(fn: FunctionNumber): CallNumber;
  /** Its call returns this value, which is given back. */
  r<T>(call: CallNumber, value: T): T;
  /** Its call returns without a value: the end of the body, or `return;`. */
  q(call: CallNumber): void;
  /**
   * Its call is about to return this value, which is given back, but code of it may still run (`finally`), suspend it or
   * end it otherwise (`r`, `q`, `x`). Without a second argument: nothing is returned.
   */
  p<T>(call: CallNumber, value?: T): T;
  /**
   * In a `finally` around the whole body: ends a call that nothing has ended. It returns what `p` was given last, if it
   * was called; otherwise the call is a generator that was closed (`return()`, or the end of a loop over it).
   */
  f(call: CallNumber): void;
  /**
   * An exception leaves its call, from this line (0: that of the function, if it is known); what the source has after it throws
   * the exception on. The values are those of `captures` and then of `locals`, as they are now.
   */
  x(call: CallNumber, error: unknown, line?: number, ...values: unknown[]): void;
  /** Before `await`: the call is suspended. The operand is given back. */
  w<T>(call: CallNumber, operand: T): T;
  /**
   * Before a step of `for await`, `yield*` and the end of an `await using`: as `w`, but the program's code that comes next
   * (the iterator's, the disposal's) still runs inside the call, before the first real suspension.
   */
  l<T>(call: CallNumber, operand?: T): T;
  /** Before `yield`: the call is suspended with this value, which is given back. */
  y<T>(call: CallNumber, yielded: T): T;
  /** After `await` or `yield`: the call runs again. The value that it was resumed with is given back. */
  u<T>(call: CallNumber, value: T): T;
  /** The first statement of every `finally` of a function that can be suspended: runs again, if it did not. */
  d(call: CallNumber): void;
  /** The operand of `throw` at this line, given back. */
  t<T>(call: CallNumber, line: number, error: T): T;
  /** A `catch` clause at this line was entered, from the line `from` as in `x`. A call that was suspended runs again. */
  c(call: CallNumber, line: number, error: unknown, from?: number): void;
  /**
   * The last thing before a call of an unknown callee at this site: counts the site unless a function that is recorded is
   * entered or resumed next. Site -1: the callee is a function of the file. Gives its second argument back, so that it can wrap an argument.
   */
  s<T>(site: number, value?: T): T;
  /**
   * The same between `...` and `)`, where a call has no argument to wrap and its callee is an expression with calls of its
   * own: gives something without elements, the spreading of which runs no code of the program's. A frozen array does as
   * long as the program has not changed how arrays are iterated (4 times faster than any other iterable).
   */
  n(site?: number): Iterable<never>;
  /**
   * Its call hands on a function of the module's own code, the last argument, which is given back: to what runs it once (0), again
   * and again (1), or whenever something happens (2).
   */
  h<T>(call: CallNumber, fn: FunctionNumber, taker: number, value: T): T;
  /** The same of any value, which may be a function of another file, or a method. */
  g<T>(call: CallNumber, taker: number, value: T): T;
  /** The same of a function that was bound: to the method of this name, of this object. */
  b<T>(call: CallNumber, taker: number, holder: unknown, name: string, value: T): T;
  /** A resource for `using`, declared around an `await using`: its disposal is `u` if `resumes`, else `l`. */
  k(call: CallNumber, resumes: 0 | 1): Disposable;
}

/** As in the table of spec/spool.md. Functions without a name are lambdas; the static block of a class is a `class`. */
export type FunctionKind =
  | "function" | "method" | "lambda" | "class" | "module" | "generator" | "coroutine" | "async_generator"; // prettier-ignore

/**
 * How a function is handed on by whoever makes it: `chained`, to what will go on with it (`setTimeout`, `then`, `once`), or
 * `passed`, as any other argument: to what calls it at once, never, or whenever something happens.
 */
export type Given = "chained" | "passed";

export interface FunctionDefinition {
  /** Qualified within the module: `Cart.add`, `makeAdder.<anonymous>`, `Cart.#total`, `Cart.static create`, `get size`. */
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
  /** Variables of its body whose values it tells when an exception leaves it. */
  readonly locals: readonly Local[];
  readonly given?: Given;
  /** There are functions in it. */
  readonly makes?: true;
}

export interface Local {
  readonly name: string;
  /** Of its declaration: before, it has no value. */
  readonly line: number;
}

/** What a file does when it is loaded. */
export const ownCode: FunctionDefinition = {
  name: "<module>",
  kind: "module",
  line: 1,
  column: 0,
  parameters: [],
  captures: [],
  locals: [],
};

/** A place from which something that may not be recorded is called. */
export interface CallSite {
  /** Place in the file's list of functions. */
  readonly caller: number;
  readonly line: number;
  /** The text of the callee as it is written, on one line: `fs.readFileSync`, `items.map`, `new Map`. */
  readonly callee: string;
  /** The module that its first name is imported from, where imports or `require` say so: `node:fs`, `express`, `./own`. */
  readonly from: string | null;
}

/**
 * Text to be put into the source, in columns of equal length and in order. Each is `texts[head]`, then a number, then
 * `texts[tail]`, none of which holds a line break. The number: -1 none; twice the place of a function in the file's
 * list, or twice that of a site and one more, to which the base of the file is added when it is put in; below -1, a number of lines: -2 is 0.
 */
export interface Inserts {
  /** Offset in the source, UTF-16 units. */
  readonly at: Int32Array;
  readonly head: Int32Array;
  readonly number: Int32Array;
  readonly tail: Int32Array;
  readonly texts: readonly string[];
}

/** What is to be done to one file. Plain data: it is kept in a cache by the content of the file. */
export interface Instrumentation {
  /** The name of the global in these inserts. It stands nowhere in the file, and must be defined before it runs. */
  readonly hooks: string;
  readonly inserts: Inserts;
  /**
   * The first is the module's own code; in an ES module it has inserts of its own, otherwise loading/ enters it. What comes from a
   * cache is read when it is asked for, and tells before how many there are.
   */
  readonly functions: readonly FunctionDefinition[];
  readonly functionCount?: number;
  readonly sites: readonly CallSite[];
  readonly siteCount?: number;
}
