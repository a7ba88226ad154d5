// Which files are recorded: the project's own by default, plus what `include` names, less what `exclude` names. Judged
// once per file. Also gives each file the name of its module, and says which pattern would record a package that is not.
import { lstatSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { compilePatterns, namesFiles } from "./patterns.ts";

/** Folders of installed code, and of the tools that install it. */
const foreign = /\/(?:node_modules|site-packages|dist-packages|__pypackages__|\.yarn|\.pnpm-store|corepack)\//;

export interface Scope {
  /** The real path of a file; what is none stays as it is. Node's own loader gives real paths, of which only the folder is asked. */
  path(file: string, byNode?: boolean): string;
  /** The path as the spool gives it: relative to the project where it is inside. Takes a real path. */
  shown(path: string): string;
  /** Whether code of this file is recorded. Takes a real path. */
  records(path: string): boolean;
  /** `src/cart` in the project, `express/lib/router` in a package. Takes a real path. */
  moduleOf(path: string): string;
  /** The pattern that would record the package of an import (`express`, `@hapi/hoek/lib`); null for what nothing would. */
  includeFor(specifier: string): string | null;
}

export interface ScopeOptions {
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The program that Node was given, if it is a file. */
  readonly main: string | undefined;
  /** The folder of the agent. */
  readonly agent: string;
}

export function makeScope(options: ScopeOptions): Scope {
  const root = real(options.root);
  const inRoot = root === "/" ? "/" : `${root}/`;
  const include = compilePatterns(options.include, root);
  const exclude = compilePatterns(options.exclude, root);
  const agent = `${real(options.agent)}/`;
  // `/usr` above a project in `/usr/src/app` says nothing about it.
  const prefix = `${dirname(dirname(real(process.execPath)))}/`;
  const installation = inRoot.startsWith(prefix) ? null : prefix;
  const main = options.main === undefined ? null : real(options.main);
  const paths = new Map<string, string>();
  const folders = new Map<string, string>();
  const judged = new Map<string, boolean>();
  const keepsLinks = keptLinks.test([...process.execArgv, process.env["NODE_OPTIONS"]].join(" "));

  const moduleOf = (path: string): string => {
    const installed = path.lastIndexOf("/node_modules/");
    const name =
      installed >= 0 ? path.slice(installed + 14) : path.startsWith(inRoot) ? path.slice(inRoot.length) : path;
    return name.replace(/\.[cm]?[jt]sx?$/, "");
  };
  const judge = (path: string): boolean => {
    if (!isAbsolute(path) || path.startsWith(agent)) return false;
    const module = moduleOf(path);
    if (exclude.matches(path, module)) return false;
    if (include.matches(path, module)) return true;
    if (path.startsWith(inRoot)) return !foreign.test(path.slice(inRoot.length - 1));
    // A script anywhere is the program; the launcher of an installed tool is not.
    if (path !== main || foreign.test(path)) return false;
    return installation === null || installation === "/" || !path.startsWith(installation);
  };
  return {
    path(file, byNode = false) {
      let path = paths.get(file);
      if (path === undefined) paths.set(file, (path = realIn(folders, file, byNode && !keepsLinks)));
      return path;
    },
    shown: (path) => (path.startsWith(inRoot) ? path.slice(inRoot.length) : path),
    records(path) {
      let is = judged.get(path);
      if (is === undefined) judged.set(path, (is = judge(path)));
      return is;
    },
    moduleOf,
    includeFor(specifier) {
      const name = /^(?:@[^/]+\/[^/]+|[^@./#:][^/:]*)(?=\/|$)/.exec(specifier)?.[0];
      // A pattern that ends like a source file would name one.
      return name === undefined ? null : namesFiles(name) ? `${name}.*` : name;
    },
  };
}

const keptLinks = /--preserve[-_]symlinks/;

/** `//`, `/./`, `/../`, or one of them at the end. */
const unresolved = /\/\.{0,2}(?:\/|$)/;

/** A program has many files in few folders, and asking for each part of each path takes longer than reading the file. */
function realIn(folders: Map<string, string>, file: string, isNoLink: boolean): string {
  if (!isAbsolute(file) || unresolved.test(file)) return real(file);
  const folder = dirname(file);
  let known = folders.get(folder);
  if (known === undefined) folders.set(folder, (known = real(folder)));
  try {
    if (!isNoLink && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) return real(file);
  } catch {
    return real(file);
  }
  return known === folder ? file : join(known, basename(file));
}

function real(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
