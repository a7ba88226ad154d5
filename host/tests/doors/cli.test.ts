// The CLI door as a user meets it: usage errors, projects, configuration, colours, help, completion.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { groups } from "../../src/operations/groups.ts";
import { fieldsOf } from "../../src/doors/fields.ts";
import { createProgram } from "../../src/doors/cli/program.ts";
import { globalOptions } from "../../src/doors/cli/options.ts";
import { completionScript, shells } from "../../src/doors/cli/completion.ts";
import { bin, place } from "../spoor.ts";

const slow = 60_000;
const operations = groups.flatMap((group) => group.operations);

const none = () => Promise.reject(new Error("no daemon is asked here"));

function program() {
  return createProgram({ version: "1", columns: 80, colour: false, invoke: async () => {}, daemon: none });
}

describe("the list of operations", () => {
  test("gives every field a help text, and no two flags of a command one spelling", () => {
    const everywhere = globalOptions().flatMap((option) => [option.long, option.short]);
    for (const operation of operations) {
      const fields = fieldsOf(operation);
      const flags = fields.filter((field) => field.position === null);
      const spellings = [
        ...everywhere,
        "--help",
        "-h",
        ...flags.flatMap((field) => [field.flag, field.short && `-${field.short}`]),
      ];
      const words = spellings.filter((word) => typeof word === "string");
      expect([operation.name, ...words]).toEqual([operation.name, ...new Set(words)]);
      const silent = fields.filter((field) => field.description === "").map((field) => field.name);
      expect([operation.name, ...silent]).toEqual([operation.name]);
    }
  });

  test("has names and commands that are unique", () => {
    expect(new Set(operations.map((each) => each.name)).size).toBe(operations.length);
    expect(new Set(operations.map((each) => each.command)).size).toBe(operations.length);
  });
});

describe("wrong usage is 2, and says what to do", { timeout: slow }, () => {
  test.each([
    ["calsl", "Unknown command 'calsl'.", "spoor calls"],
    ["config sho", "Unknown command 'sho'.", "spoor config show"],
    ["run", "Missing required argument 'command'.", "spoor run --help"],
    ["run --inclde x true", "Unknown option '--inclde'.", "did you mean --include?"],
    ["runs --limit many", '--limit must be a number, not "many".', "--help"],
    ["run --values some true", '--values must be one of full, default, shallow, none, not "some".', "--help"],
    ["-c no-such-project runs", 'There is no project or directory "no-such-project".', "spoor init"],
    ["run -t soon true", '"soon" is not a duration.', "10ms"],
    ["config set limits.dpth 3", 'there is no setting "limits.dpth".', 'did you mean "limits.depth"?'],
  ])("spoor %s", async (line, says, tryNext) => {
    using here = place({ "spoor.config.json": "{}" });
    const { code, stdout, stderr } = await here.spoor(line.split(" "));
    expect(stderr).toContain(says);
    expect(stderr.split("\n")[1]).toContain(tryNext);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("as one line of JSON with --json-errors", async () => {
    using here = place();
    const { code, stderr } = await here.spoor(["runs", "--json-errors"]);
    expect(code).toBe(2);
    expect(Object.keys(JSON.parse(stderr) as object)).toEqual([
      "run_id",
      "error_code",
      "error_kind",
      "message",
      "context",
    ]);
    expect(JSON.parse(stderr)).toMatchObject({ run_id: null, error_code: "project.not_found", error_kind: "usage" });
  });
});

describe("run takes its flags before the command and none after it", { timeout: slow }, () => {
  test("-c names the project, -t the limit; the program's -c is its own", async () => {
    using here = place();
    expect((await here.spoor(["init", "shop"])).code).toBe(0);
    const elsewhere = "/";
    const ran = await here.spoor(["run", "-c", "shop", "-t", "20", "python3", "-c", "print(1)", "--json"], {
      cwd: elsewhere,
    });
    expect([ran.code, ran.stdout]).toEqual([0, "1\n"]);
    const { stdout } = await here.spoor(["-c", "shop", "runs", "--json"], { cwd: elsewhere });
    const { about, data } = JSON.parse(stdout) as {
      about: { project: string };
      data: { runs: { command: string[] }[] };
    };
    expect(about.project).toBe("shop");
    expect(data.runs[0]?.command).toEqual(["python3", "-c", "print(1)", "--json"]);
  });
});

describe("configuration by command", { timeout: slow }, () => {
  test("set, show with origins, unset", async () => {
    using here = place();
    await here.spoor(["init", "shop"]);
    expect((await here.spoor(["config", "set", "limits.depth", "3"])).stdout).toContain("limits.depth = 3");
    await here.spoor(["config", "set", "--user", "exclude", "a.*,b.*"]);
    const shown = await here.spoor(["config", "show", "--origin", "--json"], { env: { SPOOR_HOT: "5" } });
    const { data } = JSON.parse(shown.stdout) as {
      data: { settings: { key: string; value: unknown; origins: { origin: string; place: string }[] }[] };
    };
    const from = (key: string) => {
      const setting = data.settings.find((each) => each.key === key);
      return [setting?.value, setting?.origins.map((each) => each.origin).join()];
    };
    expect(from("limits.depth")).toEqual([3, "project file"]);
    expect(from("exclude")).toEqual([["a.*", "b.*"], "user file"]);
    expect(from("hot")).toEqual([5, "environment"]);
    expect(from("sample")).toEqual([1, ""]);
    await here.spoor(["config", "unset", "limits.depth"]);
    expect(JSON.parse(readFileSync(join(here.directory, "spoor.config.json"), "utf8"))).toEqual({ name: "shop" });
  });

  test("edit opens the editor, and says what is wrong afterwards", async () => {
    using here = place();
    const editor = here.write("editor", '#!/bin/sh\necho \'{"nmae":"x"}\' > "$1"\n');
    const { code, stderr } = await here.spoor(["config", "edit"], { env: { EDITOR: `sh ${editor}` } });
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean "name"?');
  });
});

describe("output", { timeout: slow }, () => {
  test("a pipe that closes early is no failure", async () => {
    using here = place();
    const command = `"${process.execPath}" "${bin}" completion bash | head -c 10`;
    const { stderr } = await promisify(execFile)("bash", ["-o", "pipefail", "-c", command], { cwd: here.directory });
    expect(stderr).toBe("");
  });

  test("is coloured where it is asked for, and only there", async () => {
    using here = place();
    const has = async (env: NodeJS.ProcessEnv, flags: string[] = []) =>
      (await here.spoor(["config", "show", ...flags], { env })).stdout.includes("\u001b[");
    expect(await has({})).toBe(false);
    expect(await has({ FORCE_COLOR: "1" })).toBe(true);
    expect(await has({ FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
    expect(await has({}, ["--colour"])).toBe(true);
    expect(await has({ FORCE_COLOR: "1" }, ["--no-color"])).toBe(false);
  });

  test("help fits 80 columns", async () => {
    using here = place();
    for (const line of ["--help", "run --help", "calls --help"]) {
      const { stdout } = await here.spoor(line.split(" "), { env: { COLUMNS: "80" } });
      expect(stdout.split("\n").filter((each) => each.length > 80)).toEqual([]);
      expect(stdout).toContain("Everywhere:");
    }
  });

  test("init, prune and doctor say what they did", async () => {
    using here = place({ "app.py": "def f():\n    return 1\nf()\n" });
    const first = await here.spoor(["init", "shop"]);
    expect(first.stdout).toContain('Project "shop" in');
    expect(readFileSync(join(here.directory, ".spoor/.gitignore"), "utf8")).toBe("*\n");
    await here.spoor(["run", "python3", "app.py"]);
    await here.spoor(["run", "python3", "app.py"]);
    const dry = await here.spoor(["prune", "--keep", "1", "--dry-run"]);
    expect(dry.stdout).toContain("would remove 1 run");
    expect((await here.spoor(["prune", "--keep", "1"])).stdout).toContain("removed 1 run");
    expect((await here.spoor(["runs"])).stdout.match(/python3/g)?.length).toBeGreaterThanOrEqual(1);
    const doctor = await here.spoor(["doctor"]);
    expect(doctor.stdout.replaceAll(/\s+/g, " ")).toContain("add(2, 3) = 5");
    expect([doctor.code, existsSync(join(here.directory, ".spoor/runs"))]).toEqual([0, true]);
  });
});

describe("completion", () => {
  test.each(shells)("%s knows every command, and its shell reads it", async (shell) => {
    const script = completionScript(shell, program());
    for (const operation of operations) expect(script).toContain(operation.command.split(" ").at(-1));
    expect(script).toContain("slower-than");
    if (shell !== "bash") return;
    const completed = async (...words: string[]) => {
      const array = words.map((word) => `'${word}'`).join(" ");
      const ask = `COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _spoor; echo "\${COMPREPLY[@]}"`;
      return (await promisify(execFile)("bash", ["-c", `${script}\n${ask}`])).stdout.trim();
    };
    expect(await completed("spoor", "conf")).toBe("config");
    expect(await completed("spoor", "config", "un")).toBe("unset");
    expect(await completed("spoor", "run", "--excl")).toBe("--exclude");
  });
});
