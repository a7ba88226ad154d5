// The transcripts of docs/guides/probing.md are what happens: the commands are given to a shell, in order, beside the example that they
// are about, with a real daemon; each line that is shown must be among what they say. `…` in a line stands for what is left out.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pythons } from "../../scripts/python-interpreters.ts";
import { root } from "../../scripts/root.ts";
import { sandbox } from "./sandbox.ts";

interface Shown {
  readonly command: string;
  readonly lines: readonly string[];
}

function transcript(): Shown[] {
  const text = readFileSync(join(root, "docs/guides/probing.md"), "utf8");
  return [...text.matchAll(/^```text\n(\$ [^]*?)^```/gm)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command = "", ...lines] = part.split("\n");
        return { command, lines: lines.filter((line) => line !== "").map(plain) };
      }),
  );
}

/** Without what differs from run to run. */
function plain(line: string): string {
  return line
    .replaceAll(/\b\d+-[0-9a-z]{6}\b/g, "PROCESS")
    .replaceAll(/\bshop \d+$/g, "shop PID")
    .replaceAll(/^\d\d:\d\d:\d\d\.\d{3}/g, "TIME")
    .replaceAll(/python 3\.\d+\.\d+/g, "python VERSION")
    .replaceAll(/handlers\.py \d+/g, "handlers.py PORT")
    .replaceAll(/ +/g, " ")
    .trimEnd();
}

function fits(shown: string, said: readonly string[]): boolean {
  const parts = shown.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${parts.join(".*")}$`);
  return said.some((line) => pattern.test(line));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("docs/guides/probing.md", async () => {
  const shown = transcript();
  expect(shown.length).toBeGreaterThan(15);
  await using here = sandbox();
  copyFileSync(join(root, "examples/live/handlers.py"), join(here.directory, "handlers.py"));
  const bin = join(here.directory, "../bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "spoor"), `#!/bin/sh\nexec "${process.execPath}" "${here.bin}" "$@"\n`, { mode: 0o755 });
  const [port, shop] = [await freePort(), await freePort()];
  const env = {
    SPOOR_DAEMON_DIR: join(here.directory, "../daemon"),
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    PYTHONPATH: join(root, "agents/python/src"),
    COLUMNS: "120",
  };
  const started = await here.spoor(["daemon", "start", "--listen", `127.0.0.1:${port}`], { env });
  expect([started.code, started.stderr]).toEqual([0, ""]);
  try {
    const python = pythons().at(-1)?.executable ?? "python3";
    const program = here.startRecorded([python, "handlers.py", String(shop)], {
      env,
      flags: ["--live", "--no-record"],
    });
    await program.says("serving at");
    for (let tries = 0; !(await here.spoor(["ps"], { env })).stdout.includes("shop"); tries++) {
      expect(tries).toBeLessThan(50);
    }
    for (const { command, lines } of shown) {
      const told = command
        .replaceAll("127.0.0.1:5001", `127.0.0.1:${port}`)
        .replaceAll("127.0.0.1:8000", `127.0.0.1:${shop}`);
      const ended = await here.startBare(["bash", "-c", told], { env }).ended;
      const said = `${ended.stdout}\n${ended.stderr}\n${ended.said}`.split("\n").map(plain);
      const missing = lines.filter((line) => !fits(line, said));
      expect({ command, missing, said: missing.length === 0 ? [] : said }).toEqual({ command, missing: [], said: [] });
    }
  } finally {
    await here.spoor(["daemon", "stop"], { env });
  }
});
