// The environment variables by which the agent comes into a process. They are taken out of `process.env` before the program
// looks, and put into the environment of every child, where the program has not said otherwise.

/** The folder that is on PYTHONPATH of a recorded program, for the Python programs that it starts. */
const pythonBoot = /\/spoor\/_boot\/?$/;

export interface Carried {
  /** The run's directory. */
  readonly run: string;
  /** Key of the recorded process that started this one. */
  readonly parent: string | null;
  /** What stands in NODE_OPTIONS of children: `--require "/path/register.cjs"`. */
  readonly options: string;
  /** What is in front of PYTHONPATH; empty if this process was not given it. */
  readonly pythonPath: string;
}

/** `--require` of this file as the host writes it: quoted where Node would split it. */
export function requireOption(register: string): string {
  const quoted = /[\s"\\]/.test(register) ? `"${register.replace(/["\\]/g, "\\$&")}"` : register;
  return `--require ${quoted}`;
}

/** Removes what is ours and gives it back; null if this process is not to be recorded. */
export function takeFromEnvironment(env: NodeJS.ProcessEnv, register: string): Carried | null {
  const run = env["SPOOR_RUN"];
  const options = requireOption(register);
  setOrDelete(env, "NODE_OPTIONS", without(env["NODE_OPTIONS"], options));
  if (run === undefined || run === "") return null;
  const parent = env["SPOOR_PARENT"] ?? null;
  delete env["SPOOR_RUN"];
  delete env["SPOOR_PARENT"];
  const parts = env["PYTHONPATH"]?.split(":") ?? [];
  const boot = parts.find((part) => pythonBoot.test(part)) ?? "";
  if (boot !== "") setOrDelete(env, "PYTHONPATH", parts.filter((part) => part !== boot).join(":"));
  return { run, parent, options, pythonPath: boot };
}

function setOrDelete(env: NodeJS.ProcessEnv, name: string, value: string | undefined): void {
  if (value === undefined) return;
  if (value === "") delete env[name];
  else env[name] = value;
}

function without(text: string | undefined, options: string): string | undefined {
  return text?.replace(options, "").replace(/^ | $/, "");
}

/**
 * The environment of a child, `NAME=value` each, with what carries the agent into it. One that names another run is left as
 * it is: it is a recording of its own.
 */
export function carry(pairs: readonly string[], carried: Carried, key: string): string[] {
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=", 1);
    given.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const run = given.get("SPOOR_RUN");
  if (run !== undefined && run !== carried.run) return [...pairs];
  const nodeOptions = given.get("NODE_OPTIONS") ?? "";
  const ours = new Map([
    ["SPOOR_RUN", carried.run],
    ["SPOOR_PARENT", key],
    ["NODE_OPTIONS", nodeOptions.includes(carried.options) ? nodeOptions : `${carried.options} ${nodeOptions}`.trim()],
  ]);
  if (carried.pythonPath !== "") {
    const others = (given.get("PYTHONPATH") ?? "").split(":").filter((part) => part !== "" && !pythonBoot.test(part));
    ours.set("PYTHONPATH", [carried.pythonPath, ...others].join(":"));
  }
  return [
    ...pairs.filter((pair) => !ours.has(pair.slice(0, pair.indexOf("=", 1)))),
    ...[...ours].map(([name, value]) => `${name}=${value}`),
  ];
}
