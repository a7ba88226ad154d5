// Runs the agent's Python tests with a native core that AddressSanitizer and UndefinedBehaviorSanitizer watch: whatever
// it reads or writes where it may not, in a test or in a program that a test records, is a failure. Linux with GCC only.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { runCommand } from "./command.ts";
import { pythons, type Python } from "./python-interpreters.ts";
import { testOn, type Round } from "./python-tests.ts";
import { root } from "./root.ts";
import { nothing, total } from "./stages.ts";

const sources = join(root, "agents/python/src");
const flags = ["-O1", "-g", "-UNDEBUG", "-fno-omit-frame-pointer", "-fsanitize=address,undefined"];
// Behaviour that is not defined ends the program that shows it, or nobody would notice.
const strict = "-fno-sanitize-recover=undefined";

/**
 * A round takes minutes: `npm test` has one, on 3.12. SPOOR_TEST_SANITIZERS=all has one on every interpreter of this
 * machine; SPOOR_TEST_PYTHONS narrows that list.
 */
const onAll = process.env["SPOOR_TEST_SANITIZERS"] === "all";

/** One round on each interpreter that has a native core; what cannot be had here is told and counted as skipped. */
export async function sanitizedRounds(): Promise<Round[]> {
  const libraries = await sanitizerLibraries();
  if (typeof libraries === "string") {
    console.log(`sanitizers: skipped, ${libraries}`);
    return [async () => ({ ...nothing, skipped: 1 })];
  }
  const chosen = pythons().filter(({ minor }) => onAll || minor === "3.12");
  return chosen.map((python) => async () => {
    const folder = join(root, ".cache", "sanitized", python.version);
    rmSync(folder, { recursive: true, force: true });
    if (!(await compile(python, folder))) return nothing;
    const reports = join(folder, "reports");
    mkdirSync(reports);
    const env = watched(libraries, reports);
    if (!(await isWatched(python, env, reports))) {
      console.log(`Python ${python.version}: the sanitizers report nothing, not even a planted error`);
      return { ...nothing, failed: 1 };
    }
    const outcome = await testOn(python, "native", { label: "native core with sanitizers", cache: folder, env });
    return total([outcome, { ...nothing, failed: tellReports(python, reports) }]);
  });
}

/** Their paths, or why there are none. */
async function sanitizerLibraries(): Promise<string[] | string> {
  if (process.platform !== "linux") return "the sanitizers are used on Linux only";
  const found: string[] = [];
  for (const name of ["libasan.so", "libubsan.so"]) {
    const asked = await runCommand("gcc", [`-print-file-name=${name}`], { check: false }).catch(() => null);
    const path = asked?.output.trim() ?? "";
    // GCC repeats the bare name of what it does not have.
    if (!isAbsolute(path) || !existsSync(path)) return `GCC or its ${name} is not on this machine`;
    found.push(path);
  }
  return found;
}

/** False for an interpreter that is not meant to have a native core; a core that does not compile is an error. */
async function compile(python: Python, cache: string): Promise<boolean> {
  const ask = `import sys; sys.path.insert(0, ${JSON.stringify(sources)}); from spoor import native
if native.unsupported() is None: print(native.cache_folder(native.sources_key(), ${JSON.stringify(cache)}))`;
  const folder = (await runCommand(python.executable, ["-I", "-S", "-c", ask])).output.trim();
  if (folder === "") return false;
  const build = join(sources, "spoor/_native/build.py");
  await runCommand(python.executable, [build, folder, ...flags, strict], { env: { CC: "gcc" } });
  return true;
}

function watched(libraries: readonly string[], reports: string): Record<string, string> {
  const common = `log_path=${join(reports, "report")}`;
  return {
    LD_PRELOAD: libraries.join(" "),
    // Programs that end by a signal are among the tests, and interpreters leave memory behind at their end.
    ASAN_OPTIONS: `detect_leaks=0:handle_segv=0:handle_abort=0:allocator_may_return_null=1:${common}`,
    UBSAN_OPTIONS: `print_stacktrace=1:${common}`,
    // Objects one by one from the C library, so that what is freed is known.
    PYTHONMALLOC: "malloc",
  };
}

/** Whether an error that is made on purpose is reported. */
async function isWatched(python: Python, env: Record<string, string>, reports: string): Promise<boolean> {
  const error = "import ctypes; ctypes.memmove(ctypes.create_string_buffer(4), b'x' * 4096, 4096)";
  await runCommand(python.executable, ["-c", error], { env, check: false });
  const isReported = readdirSync(reports).length > 0;
  for (const name of readdirSync(reports)) rmSync(join(reports, name));
  return isReported;
}

/** Shows what the sanitizers wrote, which no test need have noticed. */
function tellReports(python: Python, reports: string): number {
  const names = readdirSync(reports);
  for (const name of names.slice(0, 5)) {
    const text = readFileSync(join(reports, name), "utf8").split("\n").slice(0, 40).join("\n  ");
    console.log(`Python ${python.version}, ${name}:\n  ${text}`);
  }
  if (names.length > 5) console.log(`Python ${python.version}: and ${names.length - 5} reports more`);
  return names.length;
}
