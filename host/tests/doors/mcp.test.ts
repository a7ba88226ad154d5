// The MCP door through a real client over standard input and output.
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelOperations } from "../../src/operations/groups.ts";
import { toolName } from "../../src/doors/mcp/tool.ts";
import { bin, place } from "../spoor.ts";

const here = place({
  "spoor.config.json": '{"name":"shop"}',
  "app.py": `import sys
def boom(n):
    raise ValueError("bad")
def work(n):
    print("working", n)
    try:
        boom(n)
    except ValueError:
        pass
work(7)
sys.exit(3)
`,
  "long.py": "import time\nprint('x' * 100000)\ntime.sleep(60)\n",
});
const client = new Client({ name: "test", version: "1" });

interface Result {
  readonly isError?: boolean;
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly about: Record<string, unknown>;
}

async function call(name: string, given: Record<string, unknown>): Promise<Result> {
  const result = await client.callTool({ name, arguments: given });
  const [first] = result.content as { type: string; text: string }[];
  const structured = (result.structuredContent ?? {}) as Record<string, Record<string, unknown>>;
  return {
    ...(result.isError === true ? { isError: true } : {}),
    text: first?.text ?? "",
    data: structured["data"] ?? {},
    about: structured["about"] ?? {},
  };
}

beforeAll(async () => {
  const env = Object.fromEntries(
    Object.entries(here.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [bin, "mcp"], cwd: here.directory, env }),
  );
}, 60_000);

afterAll(async () => {
  await client.close();
  here[Symbol.dispose]();
});

describe("tools", { timeout: 60_000 }, () => {
  test("are run and every question, each with schemas and all four annotations", async () => {
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(modelOperations.map(toolName));
    const reading = modelOperations.filter((each) => each.effect === "reads").map(toolName);
    expect(reading).not.toContain("run");
    for (const { name, annotations, inputSchema, outputSchema } of tools) {
      const hints = Object.values(annotations ?? {}).filter((hint) => typeof hint === "boolean");
      expect([name, hints.length, annotations?.readOnlyHint]).toEqual([name, 4, reading.includes(name)]);
      expect([name, ...Object.keys(inputSchema.properties ?? {})]).toEqual(
        expect.arrayContaining([name, "project", "budget"]),
      );
      expect([name, ...Object.keys(outputSchema?.properties ?? {})]).toEqual([name, "about", "data"]);
    }
  });

  test("run gives exit code, output and a run that can be asked about", async () => {
    const ran = await call("run", { command: ["python3", "app.py"] });
    expect(ran.data).toMatchObject({ exit_code: 3, stdout: "working 7\n", stderr: "", timed_out: false });
    expect(ran.text).toContain("shop · run ");
    const asked = await call("calls_list", { function: "work", run: ran.data["run"] });
    expect(asked.text).toContain(`shop · run ${String(ran.data["run"])}`);
    expect(asked.text).toMatch(/work\(n=7\)/);
    expect(asked.text).toContain("saw: 1 process");
    expect(asked.data["matched"]).toBe(1);
  });

  test("run is bounded in time and output", async () => {
    const { data } = await call("run", { command: ["python3", "-u", "long.py"], timeout: 5 });
    expect(data).toMatchObject({ exit_code: 124, timed_out: true, stdout_bytes: 100_001 });
    expect((data["stdout"] as string).length).toBeLessThan(5000);
  });

  test("live processes are asked through the daemon", async () => {
    await here.spoor(["daemon", "start", "--listen", "127.0.0.1:0"]);
    try {
      const added = await call("tracepoints_add", { file: "app.py:4", condition: "n > 1", tags: ["mcp"] });
      expect(added.data["probe"]).toMatchObject({ type: "tracepoint", line: 4, condition: "n > 1" });
      expect(added.text).toContain("no process is connected that it concerns");
      const listed = await call("points_list", { tag: "mcp" });
      expect((listed.data["points"] as unknown[]).length).toBe(1);
      const wrong = await call("logpoints_add", { file: "app.py:4", message: "{n" });
      expect([wrong.isError, wrong.text]).toEqual([true, expect.stringMatching(/^probe\.condition: .*column \d+/)]);
      expect((await call("events_list", {})).data).toMatchObject({ events: [], cursor: null });
    } finally {
      await here.spoor(["daemon", "stop"]);
    }
  });

  test.each([
    ["run", { command: ["no-such-command"] }, "command.not_found"],
    ["calls_list", { function: "work", project: "nowhere" }, "project.not_found"],
    ["calls_list", { function: "work", run: "19990101" }, "run.not_found"],
    ["calls_list", { function: "work", slowerThan: "soon" }, "duration.invalid"],
  ])("a problem of %s %j is a tool error with code and what to try", async (name, given, code) => {
    const { isError, text } = await call(name, given);
    expect(isError).toBe(true);
    expect(text.split("\n")[0]).toMatch(new RegExp(`^${code.replace(".", "\\.")}: `));
    expect(text).toContain("\ntry: ");
  });
});
