// What the visitors share while they walk over the tree of a file: where inserts go, the function whose code they are in,
// and what was found out about nodes before they are reached.
import type { FunctionDefinition, Given } from "../hooks.ts";
import type { Bindings, Scope } from "./bindings.ts";
import type { AsyncBody } from "./compiled.ts";
import type { Handed } from "./handing.ts";
import type { Collected } from "./inserts.ts";
import type { Lines } from "./lines.ts";
import type { Locals } from "./locals.ts";
import { newLocals } from "./locals.ts";
import type { Progress } from "./progress.ts";
import { newProgress } from "./progress.ts";
import type { FoundSite } from "./sites.ts";
import type { Node } from "./syntax.ts";

/** Names that stand nowhere in the file. */
export interface Words {
  /** The global that holds the hooks. */
  readonly hooks: string;
  /** Two of these, up to the number of the site. */
  readonly tells: string;
  readonly spreads: string;
  /** The variables that hold the numbers of calls: functions that are nested in each other have them by turns. */
  readonly call: string;
  readonly nested: string;
  /** What a `catch` of ours binds. Longer names that begin with it are free as well. */
  readonly error: string;
}

/** The function whose own code is visited. */
export interface Frame {
  /** Place in the file's list of functions. */
  readonly place: number;
  /** The variable that holds its call. */
  readonly call: string;
  /** What functions that are made here are told of who makes them: a variable with a call, or 0. */
  maker: string;
  /** The module's own code, of which loading/ or the runtime knows the call. */
  readonly isModule: boolean;
  /** There is a variable with its call. Where there is none, code of a module asks for it. */
  readonly hasCall: boolean;
  /** `this` is that of the function around it. */
  readonly arrow: Frame | null;
  readonly suspendable: boolean;
  readonly asyncGenerator: boolean;
  /** Its body is in a `try`, and `finally` can end the call. */
  readonly wrapped: boolean;
  readonly scope: Scope;
  usesThis: boolean;
  /** There are functions in it. */
  makes: boolean;
  /** Number of statements around that may run code after a `return` in them. */
  pending: number;
  /** A `finally` of ours has to end the call. */
  endsLate: boolean;
  /** Has resources that are disposed of after the last statement. */
  disposes: boolean;
  /** Holds a `with`, in which names of ours would be looked up in the program's object. */
  unusable: boolean;
  readonly locals: Locals;
  readonly progress: Progress;
  /** The block whose statements are visited. */
  block: Scope;
  /** A variable of ours keeps what `x++` was before. */
  keepsOld: boolean;
  /** The parameter that stands for the namespace whose code it is: what is assigned to its members is exported. */
  namespace: string | null;
  /** What it yields is awaited, by a helper that runs it. */
  readonly yieldsToAwait: boolean;
}

/** Of an ordinary function whose body is in a `try`, unless told otherwise. */
export function newFrame(parts: Begun): Frame {
  return {
    place: parts.place,
    call: parts.call,
    maker: parts.maker,
    scope: parts.scope,
    hasCall: parts.hasCall ?? true,
    isModule: parts.isModule ?? false,
    arrow: parts.arrow ?? null,
    suspendable: parts.suspendable ?? false,
    asyncGenerator: parts.asyncGenerator ?? false,
    wrapped: parts.wrapped ?? true,
    usesThis: false,
    makes: false,
    pending: 0,
    endsLate: parts.endsLate ?? false,
    disposes: false,
    unusable: false,
    locals: newLocals(),
    progress: newProgress(),
    block: parts.scope,
    keepsOld: false,
    namespace: null,
    yieldsToAwait: parts.yieldsToAwait ?? false,
  };
}

type Begun = Pick<Frame, "place" | "scope" | "call" | "maker"> &
  Partial<
    Pick<
      Frame,
      "hasCall" | "isModule" | "arrow" | "suspendable" | "asyncGenerator" | "wrapped" | "endsLate" | "yieldsToAwait"
    >
  >;

export interface Walk {
  readonly source: string;
  readonly lines: Lines;
  readonly words: Words;
  readonly inserts: Collected;
  readonly bindings: Bindings;
  readonly functions: FunctionDefinition[];
  /** Null: call sites are not told. */
  readonly sites: FoundSite[] | null;
  /** Names of what is around, for qualified names. */
  readonly path: string[];
  frame: Frame;
  strict: boolean;
  /** Where the statement begins that is an expression; at this offset no insert may begin with a parenthesis. */
  statementStart: number;
  /** Numbers the variables that are declared beside `await using`. */
  resources: number;
  /** V8 writes these expressions into messages of errors, so they must stay what they are. */
  readonly shown: Set<Node>;
  /** Where a line ends of which Node may show the source: no hook may stand there that has a semicolon. Or -1. */
  shownLine: number;
  /** Calls in an optional chain, which parentheses would cut. */
  readonly chained: Set<Node>;
  /** Calls that must stay as they are: targets of assignments. */
  readonly targets: Set<Node>;
  /** Expressions for whose value nobody asks. */
  readonly voided: Set<Node>;
  /** `await` and `yield` whose resumption is told later, by what marked them. */
  readonly unresumed: Set<Node>;
  /** How functions are handed on that stand as an argument. */
  readonly given: Map<Node, Given>;
  /** Names of functions that are handed to a scheduler, and places of the functions of these names. */
  readonly scheduled: Set<string>;
  readonly named: Map<string, number>;
  /** Functions that variables are declared with, and places of the functions of the module's own code, by their names. */
  readonly variables: Map<Node, string>;
  readonly own: Map<string, number>;
  readonly handed: Handed[];
  /** Places of functions that no user wrote: they are not recorded. */
  readonly made: Set<number>;
  /** Functions that a compiler has put around something, and how that is called. */
  readonly around: Map<Node, string>;
  /** Generators of which a helper makes async functions. */
  readonly awaited: Map<Node, AsyncBody>;
  /** Depth of helpers, in which nothing is the user's. */
  helpers: number;
  visit(node: Node | null): void;
  /** As `visit`; a function, class or object literal gets this name unless it has its own. */
  visitNamed(node: Node, name: string | null): void;
  /** Visits the statements of a block, a body or a clause. */
  visitList(statements: readonly Node[], from?: number): void;
}

/** A node that makes the file unfit: an error that V8 tells as long as the text is not changed. */
export class EarlyError extends Error {}

/** Adds `hook(call, …rest`, where the call is a variable or, in a module's own code without one, is asked for. */
export function addHook(walk: Walk, at: number, before: string, hook: string, rest: string): void {
  const { hooks } = walk.words;
  if (walk.frame.hasCall) walk.inserts.add(at, `${before}${hooks}.${hook}(${walk.frame.call}${rest}`);
  else walk.inserts.add(at, `${before}${hooks}.${hook}(${hooks}.m(`, { fn: walk.frame.place }, `)${rest}`);
}

/** Ends a statement with a semicolon if it had none and an insert is the last thing in it, or if there always has to be one. */
export function endStatement(walk: Walk, node: Node, since: number): void {
  if (walk.source[node.end - 1] !== ";" && walk.inserts.endsAt(node.end, since)) walk.inserts.add(node.end, ";");
}
