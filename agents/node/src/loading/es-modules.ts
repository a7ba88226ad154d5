// ES modules: by `module.registerHooks` where Node has it (22.15 and newer). Node 20 has only hooks that run in a thread of their
// own, which costs 57 ms of every start; there the text is changed where Node's loader reads it.
import * as fs from "node:fs";
import nodeModule from "node:module";
import { join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as WorkerThreads from "node:worker_threads";
import { framesBelow } from "./callers.ts";
import { formatOf, goalOf, loadedByNode, type CommonJs } from "./commonjs.ts";
import type { Instrumenter } from "./instrumenter.ts";
import { withTypesCompiled } from "./typescript.ts";
import type { Missed, Question, Reply } from "./loader-thread.ts";

interface LoadContext {
  readonly format?: string | null;
}

interface Loaded {
  format?: string | null;
  source?: unknown;
}

type NextLoad = (url: string, context?: LoadContext) => Loaded;

interface Hooks {
  readonly load: (url: string, context: LoadContext, next: NextLoad) => Loaded;
}

interface Registered {
  deregister(): void;
}

type RegisterHooks = (hooks: { load?: unknown; resolve?: unknown }) => Registered;

type Register = (specifier: unknown, ...rest: unknown[]) => unknown;

const holder = nodeModule as unknown as { registerHooks?: RegisterHooks; register: Register };

export type Engine = "registerHooks" | "readFile";

export interface EsModuleParts {
  readonly instrumenter: Instrumenter;
  readonly commonJs: CommonJs;
  /** The folder of the agent's files. */
  readonly folder: string;
  /** The program is about to get the module of worker threads, which is not loaded before, for it takes 2 ms. */
  loadsThreads(): void;
  /** `require` without a trace. */
  load(name: string): unknown;
  asNative(ours: Function, native: Function): void;
}

/** What is used, for the header. */
export function hookEsModules(parts: EsModuleParts): Engine {
  if (typeof holder.registerHooks === "function") {
    registerAround(holder.registerHooks, { load: loadOf(parts) }, parts.asNative);
    return "registerHooks";
  }
  // Nobody tells when the program loads it.
  parts.loadsThreads();
  hookReading(parts.instrumenter, parts.asNative);
  followRegister(parts);
  return "readFile";
}

function loadOf({ instrumenter, commonJs, loadsThreads }: EsModuleParts): Hooks["load"] {
  return function load(url, context, next) {
    const result = next(url, context);
    if (!url.startsWith("file:")) {
      if (url === "node:worker_threads") loadsThreads();
      return result;
    }
    try {
      return instrumented(url, result, instrumenter, commonJs) ?? result;
    } catch {
      return result;
    }
  };
}

function instrumented(url: string, result: Loaded, instrumenter: Instrumenter, commonJs: CommonJs): Loaded | null {
  const { format, source } = result;
  const file = pathOf(url);
  switch (format) {
    case "module":
    case "module-typescript": {
      if (!instrumenter.wants(file, true)) return null;
      const text = textOf(source);
      if (text === null) return null;
      const compiled = format === "module-typescript" ? withTypesCompiled(text, file) : null;
      const made = instrumenter.instrument(file, compiled ?? text, compiled === null ? format : "module");
      if (made === null) return null;
      return { ...result, source: made.text, ...(compiled !== null && { format: "module" }) };
    }
    case "commonjs":
    case "commonjs-typescript":
    case "typescript":
    case null:
    case undefined: {
      // Compiled by `_compile`, later: what finds the names of its exports must see it as it is. Where no format is known yet,
      // Node finds it while it compiles.
      if (!instrumenter.wants(file, true) || !loadedByNode(file)) return null;
      const text = textOf(source);
      if (text !== null) commonJs.seen.set(file, { text, format: format ?? undefined });
      return null;
    }
    default:
      return null;
  }
}

/** As `fileURLToPath`, which takes a hundred times as long, does it for most. */
function pathOf(url: string): string {
  return isPlain.test(url) && sep === "/" ? url.slice(7) : fileURLToPath(url);
}

const isPlain = /^file:\/\/\/[^%?#\\]*$/;

function textOf(source: unknown): string | null {
  if (typeof source === "string") return source;
  if (source instanceof Uint8Array)
    return Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString("utf8");
  return null;
}

/** Hooks that are registered later run around those registered before; ours must see what all of them have made. */
function registerAround(
  native: RegisterHooks,
  hooks: Hooks,
  asNative: (ours: Function, native: Function) => void,
): void {
  let registered = native(hooks);
  holder.registerHooks = {
    registerHooks(given: { load?: unknown; resolve?: unknown }): Registered {
      const theirs = Reflect.apply(native, nodeModule, [given]);
      if (typeof given.load === "function") {
        registered.deregister();
        registered = native(hooks);
      }
      return theirs;
    },
  }.registerHooks;
  asNative(holder.registerHooks, native);
}

/**
 * Node 20's loader asks `fs.promises` for `readFile` each time it reads a module. Who calls it is asked only where a file of the
 * project is read in the loader's way: whoever else reads one has it as it is.
 */
function hookReading(instrumenter: Instrumenter, asNative: (ours: Function, native: Function) => void): void {
  const { promises } = fs;
  // Throws for what is no URL, and runs none of its code.
  const hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, "href")?.get as () => string;
  const native = promises.readFile as (...given: unknown[]) => Promise<Buffer>;
  const reading = {
    readFile(this: unknown, ...given: unknown[]): Promise<Buffer> {
      const content = Reflect.apply(native, this, given);
      try {
        const [url] = given;
        if (given.length !== 1 || typeof url !== "object") return content;
        const file = pathOf(Reflect.apply(hrefOf, url, []));
        if (!instrumenter.wants(file, true) || !framesBelow().some((frame) => loader.test(frame))) return content;
        return instrumentedContent(content, file);
      } catch {
        return content;
      }
    },
  }.readFile;
  const instrumentedContent = async (given: Promise<Buffer>, file: string): Promise<Buffer> => {
    const content = await given;
    const made = instrumenter.instrument(file, content.toString("utf8"), goalOf(formatOf(file)));
    return made === null ? content : Buffer.from(made.text);
  };
  asNative(reading, native);
  (promises as { readFile: unknown }).readFile = reading;
}

const loader = /\(?node:internal\/modules\/esm\/load:\d+:\d+\)?$/;

/**
 * Hooks that the program registers run in a thread of their own, and what they make of a module is compiled here without passing
 * by anything of ours: a hook of ours goes around them, and asks back for the inserts.
 */
function followRegister({ instrumenter, folder, load, asNative }: EsModuleParts): void {
  const native = holder.register;
  const loader = pathToFileURL(join(folder, "loader-thread.mjs")).href;
  let last: object | null = null;
  holder.register = {
    register(...given: [unknown, ...unknown[]]): unknown {
      const result = Reflect.apply(native, nodeModule, given);
      try {
        const { MessageChannel } = load("node:worker_threads") as typeof WorkerThreads;
        const { port1, port2 } = new MessageChannel();
        port1.on("message", (message: Question | Missed) => {
          // Of several hooks of ours only the outermost does anything.
          const file = port1 === last ? fileURLToPath(message.url) : "";
          if (message.is === "missed") {
            if (file !== "") instrumenter.missed(file);
            return;
          }
          const { number, format, text } = message;
          const isWanted = file !== "" && instrumenter.wants(file);
          const made = isWanted ? instrumenter.instrument(file, text, format, "loaded") : null;
          const reply: Reply = { number, text: made?.text ?? null };
          port1.postMessage(reply);
        });
        port1.unref();
        last = port1;
        Reflect.apply(native, nodeModule, [loader, { data: { port: port2 }, transferList: [port2] }]);
      } catch {
        // Modules are as the program's own hooks make them.
      }
      return result;
    },
  }.register;
  asNative(holder.register, native);
}
