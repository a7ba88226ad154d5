// A run that a program makes for itself: its directory is made as `spoor run` would make it, so that `spoor report` finds it;
// sealing is left to the next command.
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** What goes wrong for a reason of the user's; `code` is for programs, the message for people. */
export class SpoorError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "SpoorError";
    this.code = code;
  }
}

/** Those of `spoor.config.json`. */
export interface Settings {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly values?: "full" | "default" | "shallow" | "none";
  readonly limits?: Readonly<Record<string, number>>;
  readonly redaction?: Readonly<Record<string, readonly string[]>>;
  readonly hot?: number;
  readonly hotValues?: number;
  readonly gapCalls?: number;
  readonly sample?: number;
  readonly sizeBytes?: number;
}

const defaults: Required<Settings> & { readonly core: string } = {
  include: [],
  exclude: [],
  values: "default",
  limits: {},
  redaction: {},
  hot: 10_000,
  hotValues: 1_000,
  gapCalls: 1_000,
  sample: 1,
  sizeBytes: 2 * 1024 ** 3,
  core: "auto",
};

const marks = [".spoor", "spoor.config.json", "pyproject.toml", "setup.py", "package.json", ".git"];

/** The project's root: `directory`, or the nearest folder upward that looks like one, or the working directory. */
export function findProject(directory: string | undefined): string {
  if (directory !== undefined) {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return realpathSync(directory);
    throw new SpoorError("project.not_found", `${directory} is not a directory`);
  }
  const here = realpathSync(process.cwd());
  for (let folder = here; ; folder = dirname(folder)) {
    if (marks.some((mark) => existsSync(join(folder, mark)))) return folder;
    if (dirname(folder) === folder) return here;
  }
}

/** The directory of a new run. */
export function makeRun(root: string, given: Settings, version: string): string {
  const settings = settingsOf(root, given);
  const now = new Date();
  const letters = Array.from({ length: 3 }, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join("");
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const name = `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}-${letters}`;
  const directory = join(root, ".spoor/runs", name);
  const told = { ...settings, format: 1, run: name, root, cache: cacheDirectory(process.env) };
  const configuration = { ...told, clock_ns: String(process.hrtime.bigint()), started_at: now.toISOString() };
  try {
    mkdirSync(join(directory, "spool"), { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, "config.json"), JSON.stringify(configuration, null, 1), { mode: 0o600 });
    writeFileSync(join(directory, "run.json"), JSON.stringify(manifestOf(configuration, version), null, 1), {
      mode: 0o600,
    });
  } catch (error) {
    throw new SpoorError("run.unwritable", `cannot write ${directory}: ${(error as Error).message}`);
  }
  return directory;
}

function settingsOf(root: string, given: Settings): typeof defaults {
  const file = join(root, "spoor.config.json");
  let told: Partial<typeof defaults> = {};
  if (existsSync(file)) {
    try {
      told = JSON.parse(readFileSync(file, "utf8")) as Partial<typeof defaults>;
    } catch (error) {
      throw new SpoorError("config.invalid", `cannot read ${file}: ${(error as Error).message}`);
    }
  }
  const unknown = Object.keys(given).find((name) => !(name in defaults));
  if (unknown !== undefined) {
    const known = Object.keys(defaults).sort().join(", ");
    throw new SpoorError("settings.unknown", `there is no setting "${unknown}"; known: ${known}`);
  }
  const known = Object.fromEntries(Object.entries(told).filter(([name]) => name in defaults));
  return { ...defaults, ...known, ...given };
}

function manifestOf(settings: { run: string; root: string; started_at: string }, version: string): object {
  return {
    format: 1,
    run: settings.run,
    project: basename(settings.root),
    root: settings.root,
    command: ["node", basename(process.argv[1] ?? "")],
    cwd: process.cwd(),
    started_at: settings.started_at,
    ended_at: null,
    status: "running",
    exit_code: null,
    signal: null,
    timed_out: false,
    // The program is its own host: once it is gone the next command seals the run.
    host: { pid: process.pid, native_start: nativeStart() },
    git: null,
    versions: { spoor: version },
    settings,
    counts: null,
  };
}

/** Field 22 of /proc/self/stat, counted from behind the command's name. */
function nativeStart(): string {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** As the host finds it (its project/cache.ts). */
function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] || homedir();
  const usual = process.platform === "darwin" ? join(home, "Library/Caches") : join(home, ".cache");
  return join(resolve(env["SPOOR_CACHE"] || env["XDG_CACHE_HOME"] || usual), "spoor");
}
