// How the agents get into the program: environment variables and nothing else, for Python and for Node at once, since each may
// start the other. Where the environment cannot carry them (python -I, -E, -S; env -i), the command itself is rewritten, visibly
// and as little as possible.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "../problem.ts";
import { findNode, type NodeCommand } from "./node-command.ts";
import { nodeOptionsWith } from "./node-options.ts";
import { findPython, type EnvWrapper, type PythonCommand } from "./python-command.ts";

/** Absolute path of the Python package `spoor`: beside the bundle, of which this may be a chunk, or in a checkout. */
export function findPythonAgent(): string {
  const candidates = beside(["./python/spoor", "../python/spoor", "../../../agents/python/src/spoor"]);
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Problem({
    code: "agent.missing",
    kind: "environment",
    says: "The Python agent is missing from this installation of Spoor.",
    tryNext: "install Spoor again (in a checkout: npm run build)",
    context: { candidates },
  });
}

/** Absolute path of the file that Node requires first: beside the bundle, or where a checkout builds it; null where it is not built. */
export function findNodeAgent(): string | null {
  const candidates = beside(["./node/register.cjs", "../node/register.cjs", "../../dist/node/register.cjs"]);
  return candidates.find((path) => existsSync(path)) ?? null;
}

function beside(relatives: readonly string[]): string[] {
  return relatives.map((relative) => fileURLToPath(new URL(relative, import.meta.url)));
}

export interface Injection {
  /** Of Python. */
  readonly agent: string;
  /** Of Node: the file that it requires first; null leaves Node programs unrecorded. */
  readonly register: string | null;
  /** Null records nothing. */
  readonly runDirectory: string | null;
  readonly live?: LiveInjection | null;
}

/** What processes need to be probed. */
export interface LiveInjection {
  /** Of the project. */
  readonly root: string;
  /** The daemon's, on this machine: a program may run with another HOME, or none. Null where SPOOR_DAEMON_URL leads elsewhere. */
  readonly daemonDirectory: string | null;
}

export interface InjectedCommand {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly python: PythonCommand | null;
  /** Null where it is not visibly Node; it, or its children, may be all the same. */
  readonly node: NodeCommand | null;
  /** Whether Node programs get the agent at all. */
  readonly recordsNode: boolean;
  /** Whether the command is not the user's own any more, because the environment could not carry the agent. */
  readonly rewritten: boolean;
}

export function inject(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  injection: Injection,
): InjectedCommand {
  const lookUp = { cwd, path: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" };
  const python = findPython(command, lookUp);
  const about = { python, node: findNode(command, lookUp), recordsNode: injection.register !== null };
  const injected = injectedEnvironment(env, injection);
  const through = python !== null && needsLauncher(python);
  const overridden = python?.wrapper != null && defeatsEnvironment(python.wrapper);
  if (python === null || (!through && !overridden)) {
    return { command, env: injected, ...about, rewritten: false };
  }
  const wrapper =
    python.wrapper === null ? [] : [...python.wrapper.options, ...carryingAssignments(python.wrapper, injection, env)];
  const { flags, rest } = python.options;
  const launcher = through ? [join(injection.agent, "_launch", "launch.py")] : [];
  return {
    command: [...wrapper, python.interpreter, ...flags, ...launcher, ...rest],
    env: injected,
    ...about,
    rewritten: true,
  };
}

/** A prompt and a script on standard input cannot go through the launcher: it would be the script. */
function needsLauncher({ options }: PythonCommand): boolean {
  if (options.isolating.length === 0) return false;
  switch (options.form) {
    case "script":
    case "module":
    case "code":
      return true;
    case "stdin":
    case "interactive":
    case "information":
      return false;
  }
}

function injectedEnvironment(env: NodeJS.ProcessEnv, injection: Injection): NodeJS.ProcessEnv {
  return {
    ...env,
    PYTHONPATH: prepended(env["PYTHONPATH"], injection),
    ...(injection.register === null ? {} : { NODE_OPTIONS: nodeOptionsWith(injection.register, env["NODE_OPTIONS"]) }),
    ...told(injection),
  };
}

/** What tells the agents what to do. */
function told({ runDirectory, live }: Injection): Record<string, string> {
  return {
    ...(runDirectory === null ? {} : { SPOOR_RUN: runDirectory }),
    ...(live ? { SPOOR_LIVE: live.root } : {}),
    ...(live?.daemonDirectory ? { SPOOR_DAEMON_DIR: live.daemonDirectory } : {}),
  };
}

function prepended(pythonPath: string | undefined, { agent }: Injection): string {
  const boot = join(agent, "_boot");
  const others = (pythonPath ?? "").split(delimiter).filter((part) => part !== boot);
  return others.length === 1 && others[0] === "" ? boot : [boot, ...others].join(delimiter);
}

function defeatsEnvironment(wrapper: EnvWrapper): boolean {
  return wrapper.clears || wrapper.assignments.some((each) => each.startsWith("PYTHONPATH="));
}

/** The assignments of `env`, with ours put where they were cleared or overridden. */
function carryingAssignments(wrapper: EnvWrapper, injection: Injection, env: NodeJS.ProcessEnv): string[] {
  if (!defeatsEnvironment(wrapper)) return [...wrapper.assignments];
  const own = wrapper.assignments.findLast((each) => each.startsWith("PYTHONPATH="));
  const base = own?.slice("PYTHONPATH=".length) ?? (wrapper.clears ? "" : env["PYTHONPATH"]);
  return [
    ...wrapper.assignments.filter((each) => !each.startsWith("PYTHONPATH=")),
    `PYTHONPATH=${prepended(base, injection)}`,
    ...Object.entries(told(injection)).map(([name, value]) => `${name}=${value}`),
  ];
}
