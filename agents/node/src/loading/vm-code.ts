// Code that is compiled by `node:vm`: how vitest and jest run modules, and what scripts do by hand. `vm.Script` is a class whose
// parent is Node's native one; a parent of ours changes the text and leaves no frame. What has no file of the project for its
// name stays as it is, and is a gap where it is called.
import vm from "node:vm";
import { fileURLToPath } from "node:url";
import type { Instrumenter, Placed } from "./instrumenter.ts";

/** What a runner puts around a module to make it a function. */
interface Wrapper {
  readonly header: RegExp;
  readonly footer: string;
  readonly goal: "commonjs" | "module";
}

const wrappers: readonly Wrapper[] = [
  // Vite's module runner.
  { header: /^'use strict';async \([^()]*\)=>\{\{/, footer: "\n}}", goal: "module" },
  // jest before 30
  { header: /^\(\{"Object\.<anonymous>":function\([^()]*\)\{/, footer: "\n}});", goal: "commonjs" },
  // Module.wrap, with more parameters or without.
  {
    header: /^\(function \(exports, require, module, __filename, __dirname[^()]*\) \{ ?/,
    footer: "\n});",
    goal: "commonjs",
  },
];

type ContextifyScript = new (code: unknown, file: unknown, ...rest: unknown[]) => object;

interface ModuleOptions {
  lineOffset?: unknown;
  columnOffset?: unknown;
  sourceText?: unknown;
  identifier?: unknown;
  cachedData?: unknown;
}

export interface VmParts {
  readonly instrumenter: Instrumenter;
  /** Makes hooks and `toString` known to another realm. */
  prepareRealm(global: object): void;
  asNative(ours: Function, native: Function): void;
}

export function hookVm(parts: VmParts): void {
  const { instrumenter, asNative } = parts;
  const native = Object.getPrototypeOf(vm.Script) as ContextifyScript;
  const ours = new Proxy(native, {
    construct(target, given: unknown[], newTarget: Function): object {
      const [code, file, line, column, cachedData] = given;
      // Code that V8 has compiled already belongs to the text as it is.
      if (typeof code === "string" && typeof file === "string" && cachedData === undefined) {
        const made = instrumentVm(instrumenter, code, file, placed(line, column));
        if (made !== null) given = [made, ...given.slice(1)];
      }
      return Reflect.construct(target, given, newTarget) as object;
    },
  });
  asNative(ours, native);
  Object.setPrototypeOf(vm.Script, ours);

  replace(vm, "compileFunction", (compileFunction) => ({
    compileFunction(...given: unknown[]): unknown {
      const [code, names, options] = given as [unknown, unknown, vm.CompileFunctionOptions | undefined];
      const file =
        typeof options?.filename === "string" && options.cachedData === undefined ? fileOf(options.filename) : null;
      if (typeof code === "string" && file !== null && instrumenter.wants(file)) {
        const at = placed(options?.lineOffset, options?.columnOffset);
        const made = instrumenter.instrument(file, code, "commonjs", "function", at);
        if (made !== null) given = [made.text, names, options];
      }
      return Reflect.apply(compileFunction, vm, given);
    },
  }));
  replace(vm, "createContext", (createContext) => ({
    createContext(...given: unknown[]): unknown {
      const context = Reflect.apply(createContext, vm, given) as object;
      parts.prepareRealm(context);
      return context;
    },
  }));
  // These make a context themselves.
  replace(vm, "runInNewContext", (runInNewContext) => ({
    runInNewContext(...given: unknown[]): unknown {
      const [code, sandbox, ...rest] = given;
      const context = typeof sandbox === "object" && sandbox !== null ? vm.createContext(sandbox) : sandbox;
      return Reflect.apply(runInNewContext, vm, [code, context, ...rest]);
    },
  }));

  const { SourceTextModule } = vm as unknown as { SourceTextModule?: object };
  if (SourceTextModule === undefined) return;
  const Module = Object.getPrototypeOf(SourceTextModule) as new (options: ModuleOptions) => object;
  Object.setPrototypeOf(
    SourceTextModule,
    new Proxy(Module, {
      construct(target, [options]: [ModuleOptions], newTarget: Function): object {
        const { sourceText, identifier, cachedData } = options;
        if (typeof sourceText === "string" && typeof identifier === "string" && cachedData === undefined) {
          const file = fileOf(identifier);
          const at = placed(options.lineOffset, options.columnOffset);
          const isWanted = file !== null && instrumenter.wants(file);
          const made = isWanted ? instrumenter.instrument(file, sourceText, "module", "file", at) : null;
          if (made !== null) options.sourceText = made.text;
        }
        return Reflect.construct(target, [options], newTarget) as object;
      },
    }),
  );

  function replace<K extends "compileFunction" | "createContext" | "runInNewContext">(
    holder: typeof vm,
    name: K,
    make: (native: (typeof vm)[K]) => Record<K, (...given: unknown[]) => unknown>,
  ): void {
    const replaced = holder[name];
    const made = make(replaced)[name];
    asNative(made, replaced);
    (holder as unknown as Record<string, unknown>)[name] = made;
  }
}

function placed(line: unknown, column: unknown): Placed {
  return { line: typeof line === "number" ? line : 0, column: typeof column === "number" ? column : 0 };
}

function instrumentVm(instrumenter: Instrumenter, code: string, name: string, at: Placed): string | null {
  const file = fileOf(name);
  if (file === null || !instrumenter.wants(file)) return null;
  for (const { header, footer, goal } of wrappers) {
    const [head] = header.exec(code) ?? [];
    if (head === undefined || !code.endsWith(footer)) continue;
    const inside = { ...at, column: at.column + head.length };
    const inner = instrumenter.instrument(file, code.slice(head.length, -footer.length), goal, "function", inside);
    return inner === null ? null : head + inner.text + footer;
  }
  return instrumenter.instrument(file, code, "script", "file", at)?.text ?? null;
}

/** The path in a name that a runner gives its code: a path or a file URL, with a query of a bundler's. */
export function fileOf(name: string): string | null {
  try {
    if (name.startsWith("file://")) return fileURLToPath(name.replace(/[?#].*$/, ""));
  } catch {
    return null;
  }
  return name.startsWith("/") ? name.replace(/\?[^/]*$/, "") : null;
}
