// Looks for whatever could keep recordings from working here, and says what to do about it.
import * as z from "zod";
import { version } from "../project/version.ts";
import { wrap } from "../views/fit.ts";
import { paint } from "../views/paint.ts";
import { makeSpoorDirectory } from "./first-run.ts";
import type { Operation } from "./operation.ts";
import { cacheDirectory } from "../project/cache.ts";
import type { NativeCore } from "../recording/native-core.ts";
import type { Check } from "../recording/doctor/checks.ts";

const input = z.strictObject({
  fix: z.boolean().optional().describe("Put right what can be put right"),
});

const data = z.object({
  root: z.string(),
  spoor: z.string().describe("Version"),
  node: z.string(),
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.enum(["ok", "warning", "failed"]),
      says: z.string(),
      tryNext: z.string().nullable(),
    }),
  ),
});

export const doctor: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "doctor.check",
  command: "doctor",
  summary: "Check that recording works here, with a small recorded program",
  description: `Looks at the Python interpreters of the project and which engine and core the recorder would use in each, at
disk space, permissions and the database, and records a small program from start to end, also with the Node.js on PATH. --fix also compiles
the native core for each interpreter that has none, where there is a C compiler.

  spoor doctor --fix`,
  effect: "touches",
  input,
  data,
  positional: [],
  async run({ fix = false }, { project, progress, signal }) {
    const checks: Check[] = [];
    const [{ findPythonAgent }, { compileNativeCore }, interpreters, node, check] = await Promise.all([
      import("../recording/injection.ts"),
      import("../recording/native-core.ts"),
      import("../recording/doctor/interpreters.ts"),
      import("../recording/doctor/node.ts"),
      import("../recording/doctor/checks.ts"),
    ]);
    const agent = findPythonAgent();
    if (fix) makeSpoorDirectory(project);
    const found = interpreters.findInterpreters(project.root, process.cwd(), process.env);
    if (found.length === 0) {
      const tryNext = "install Python 3.8 or newer, or put it on PATH";
      checks.push({ name: "python", status: "failed", says: "no Python was found", tryNext });
    }
    checks.push(check.writableCheck(project, fix), check.spaceCheck(project), await check.databaseCheck());
    const seen = new Set<string>();
    for (const interpreter of found) {
      const { path } = interpreter;
      progress(`looking at ${path}`);
      let facts = await interpreters.askInterpreter(path, agent, project.root);
      const same = facts === null ? path : facts.executable.replace(/\d[\d.]*$/, "");
      if (seen.has(same)) continue;
      seen.add(same);
      const own = check.interpreterCheck(interpreter, facts);
      let fixed: NativeCore | null = null;
      if (fix && facts?.agent?.core_fallback) {
        progress(`compiling the native core for ${path}`);
        const cache = cacheDirectory(process.env);
        fixed = await compileNativeCore(path, { agent, cache, cwd: project.root, env: process.env, signal, progress });
        facts = await interpreters.askInterpreter(path, agent, project.root);
      }
      const core = check.coreCheck(interpreter, facts, fixed);
      checks.push(own, ...(core === null ? [] : [core]), ...check.conflictChecks(interpreter, facts));
      if (own.status === "ok") checks.push(await check.recordingCheck(interpreter, version(), "python"));
    }
    const nodeOnPath = node.findNodeInterpreter(process.cwd(), process.env);
    if (nodeOnPath !== null) {
      progress(`looking at ${nodeOnPath.path}`);
      const own = await node.nodeCheck(nodeOnPath);
      checks.push(own);
      if (own.status === "ok") checks.push(await check.recordingCheck(nodeOnPath, version(), "node"));
    }
    return {
      about: { project: project.name, runs: [], completeness: null, next: [] },
      data: { root: project.root, spoor: version(), node: process.version, checks },
    };
  },
  text({ about, data }, style) {
    const { aside, bad, missing, command, handle } = paint(style);
    const mark = { ok: handle("ok  "), warning: missing("warn"), failed: bad("FAIL") };
    const lines = data.checks.flatMap((check) => {
      const [first = "", ...others] = wrap(`${check.name}: ${check.says}`, style.columns - 6);
      return [
        `${mark[check.status]}  ${first}`,
        ...others.map((line) => `      ${line}`),
        ...(check.tryNext === null ? [] : [`      ${aside("try:")} ${command(check.tryNext)}`]),
      ];
    });
    const title = `spoor ${data.spoor}, node ${data.node.slice(1)} · project ${about.project} · ${data.root}`;
    return [aside(title), ...lines].join("\n");
  },
  ending({ data }) {
    const failed = data.checks.some((check) => check.status === "failed");
    return { exitCode: failed ? 1 : 0, besideProgram: false, show: "always", warnings: [], failure: null };
  },
};
