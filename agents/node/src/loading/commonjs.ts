// CommonJS modules. Node calls `module._compile(text, file, format)`, which compiles and runs. A function of ours in its place
// would stand on the stack while the module runs, in every stack trace that it makes. So `_compile` becomes an accessor: it is
// asked just before the call, and gives back Node's own function, bound to the instrumented text, of which no frame is left.
import nodeModule from "node:module";
import { existsSync as exists, readFileSync as readFile } from "node:fs";
import * as fs from "node:fs";
import { dirname, extname, join } from "node:path";
import type { FunctionNumber } from "../hooks.ts";
import { withTypesCompiled } from "./typescript.ts";
import type { Goal, Instrumenter } from "./instrumenter.ts";

type Compile = (this: NodeModule, text: string, file: string, format?: string) => unknown;
type Extension = (module: NodeModule, file: string) => unknown;

interface Loader {
  readonly prototype: { _compile: Compile };
  readonly _extensions: Record<string, Extension | undefined>;
}

const { prototype, _extensions: extensions } = nodeModule as unknown as Loader;
const nativeExtensions = new Map(Object.entries(extensions));

/** Whether Node itself loads such files, and no tool that compiles them first (ts-node, tsx, Babel's register). */
export function loadedByNode(file: string): boolean {
  const extension = extname(file);
  const handler = extensions[extension] ?? extensions[".js"];
  return handler === (nativeExtensions.get(extension) ?? nativeExtensions.get(".js"));
}

/** What the load hook saw of a file that is about to be compiled: its text is then not read twice. */
export interface Seen {
  readonly text: string;
  readonly format: string | undefined;
}

export interface CommonJs {
  /** By real path. */
  readonly seen: Map<string, Seen>;
}

export interface CommonJsParts {
  readonly instrumenter: Instrumenter;
  /** The module's own code is about to run. */
  enter(module: FunctionNumber): unknown;
  asNative(ours: Function, native: Function): void;
}

export function hookCommonJs({ instrumenter, enter, asNative }: CommonJsParts): CommonJs {
  const seen = new Map<string, Seen>();
  let current = prototype._compile;
  const native = current;

  /** For text that a tool has made. Its frame looks like Node's own, which is already there for the caller. */
  const compiling: Compile = {
    _compile(this: NodeModule, text: string, file: string, format?: string): unknown {
      const made = typeof text === "string" ? instrumenter.instrument(file, text, goalOf(format)) : null;
      if (made?.form === "commonjs") enter(made.bases.module);
      return Reflect.apply(native, this, [made?.text ?? text, file, format]);
    },
  }._compile;
  asNative(compiling, native);

  const prepared = (module: NodeModule): Compile => {
    try {
      const { filename } = module;
      if (typeof filename !== "string" || !instrumenter.wants(filename, true)) return native;
      if (!loadedByNode(filename)) return compiling;
      const given = seen.get(filename);
      seen.delete(filename);
      const format = given?.format ?? formatOf(filename);
      const text = given?.text ?? fs.readFileSync(filename, "utf8");
      const goal = goalOf(format ?? (extname(filename) === ".cts" ? "commonjs-typescript" : undefined));
      const compiled = goal.endsWith("typescript") ? withTypesCompiled(text, filename) : null;
      const made = instrumenter.instrument(filename, compiled ?? text, compiled === null ? goalOf(format) : "commonjs");
      if (made === null) return native;
      if (made.form === "commonjs") enter(made.bases.module);
      const as = compiled === null ? format : "commonjs";
      return Function.prototype.apply.bind(native, module, [made.text, filename, as]) as Compile;
    } catch {
      return native; // Node meets the same trouble itself, and tells of it.
    }
  };

  // V8 finds the name that stack traces give it where it is a plain property; it is none any more.
  if (native.name === "") Object.defineProperty(native, "name", { value: "_compile", configurable: true });
  Object.defineProperty(prototype, "_compile", {
    configurable: true,
    enumerable: true,
    get(this: unknown): Compile {
      // Who asks the prototype wants to put something around it.
      if (this === prototype) return current === native ? compiling : current;
      return current === native ? prepared(this as NodeModule) : current;
    },
    set(this: unknown, value: Compile) {
      if (this === prototype) current = value === compiling ? native : value;
      else if (typeof this === "object" && this !== null) {
        Object.defineProperty(this, "_compile", { value, configurable: true, enumerable: true, writable: true });
      }
    },
  });
  return { seen };
}

export function goalOf(format: string | undefined): Goal {
  switch (format) {
    case "module":
    case "commonjs":
    case "module-typescript":
    case "commonjs-typescript":
    case "typescript":
      return format;
    case undefined:
    default:
      return "unknown";
  }
}

const types = new Map<string, string | undefined>();

/** As Node's handler of `.js` finds it: from the ending, or from `type` of the package. */
export function formatOf(file: string): string | undefined {
  switch (extname(file)) {
    case ".cjs":
      return "commonjs";
    case ".mjs":
      return "module";
    case ".js":
      return typeOfPackage(dirname(file));
    default:
      return undefined;
  }
}

function typeOfPackage(folder: string): string | undefined {
  if (types.has(folder)) return types.get(folder);
  let type: string | undefined;
  const file = join(folder, "package.json");
  try {
    // Most folders have none, and an error takes longer to make than the file to read.
    if (exists(file)) {
      const told = (JSON.parse(readFile(file, "utf8")) as { type?: unknown }).type;
      type = told === "module" || told === "commonjs" ? told : undefined;
    } else {
      const above = dirname(folder);
      if (above !== folder && !folder.endsWith("node_modules")) type = typeOfPackage(above);
    }
  } catch {
    // Node meets the same trouble itself.
  }
  types.set(folder, type);
  return type;
}
