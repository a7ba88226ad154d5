// Servers, with their workers and reloaders: each answers as ever, ends as ever when told to, and its requests are recorded
// in the process that served them, which is linked to the one that started it.
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { exitCode } from "./ends.ts";
import { engines, matrix } from "./interpreters.ts";
import { sandbox, type Sandbox, type Started } from "./sandbox.ts";

interface Server {
  readonly name: string;
  readonly command: (port: string) => string[];
  /** How many levels of recorded processes are above the one that serves. */
  readonly depth: number;
  /** Of them all; multiprocessing has one more, which tracks resources. */
  readonly processes: number;
  /** Runs on every interpreter, not on one of each engine alone. */
  readonly everywhere?: boolean;
}

const servers: Server[] = [
  {
    name: "uvicorn",
    command: (port) => ["uvicorn", "asgi:app", "--port", port],
    depth: 0,
    processes: 1,
    everywhere: true,
  },
  {
    name: "uvicorn --workers 2",
    command: (port) => ["uvicorn", "asgi:app", "--port", port, "--workers", "2"],
    depth: 1,
    processes: 4,
  },
  {
    name: "uvicorn --reload",
    command: (port) => ["uvicorn", "asgi:app", "--port", port, "--reload"],
    depth: 1,
    processes: 3,
  },
  {
    name: "gunicorn -w 2",
    command: (port) => ["gunicorn", "-w", "2", "-b", `127.0.0.1:${port}`, "wsgi:app"],
    depth: 1,
    processes: 3,
    everywhere: true,
  },
  {
    name: "flask run",
    command: (port) => ["flask", "--app", "flasks", "run", "--port", port],
    depth: 0,
    processes: 1,
    everywhere: true,
  },
  {
    name: "flask --debug run",
    command: (port) => ["flask", "--app", "flasks", "--debug", "run", "--port", port],
    depth: 1,
    processes: 2,
  },
  {
    name: "manage.py runserver",
    command: (port) => ["python", "manage.py", "runserver", port],
    depth: 1,
    processes: 2,
  },
  {
    name: "manage.py runserver --noreload",
    command: (port) => ["python", "manage.py", "runserver", "--noreload", port],
    depth: 0,
    processes: 1,
  },
];

describe.each(servers)("$name", (server) => {
  test.each(server.everywhere ? matrix : engines)("Python $version", async (python) => {
    const { bin } = await venvFor(python, "web");
    await using here = sandbox({}, ["web"]);
    const cwd = `${here.directory}/web`;
    const env = { PATH: `${bin}:${here.env["PATH"] ?? ""}`, PYTHONUNBUFFERED: "1" };
    const ends = [];
    for (const start of [here.startBare, here.startRecorded]) {
      const port = String(await freePort());
      const started = start(server.command(port), { cwd, env, limitMs: 60_000 });
      const pages = await Promise.all(
        ["tea", "bread", "wine", "apple"].map((item) => fetchPage(started, `http://127.0.0.1:${port}/${item}`)),
      );
      // As one stops them: a supervisor that watches files by Ctrl-C, the others by SIGTERM.
      started.child.kill(server.name.startsWith("uvicorn --reload") ? "SIGINT" : "SIGTERM");
      ends.push({ pages, code: exitCode(await started.ended) });
    }
    expect(ends[1]).toEqual(ends[0]);
    expect(ends[0]?.pages).toEqual(["tea costs 6\n", "bread costs 10\n", "wine costs 8\n", "apple costs 10\n"]);
    expect(await served(here)).toEqual({
      items: ["apple", "bread", "tea", "wine"],
      depths: [server.depth],
      callers: ["shop.answer"],
    });
    const processes = await here.rows("select process from processes");
    expect(processes).toHaveLength(server.processes);
  });
});

async function served(here: Sandbox): Promise<unknown> {
  const rows = await here.rows<{ item: string; depth: number; caller: string }>(`
    with recursive above as (
      select process, 0 as depth from processes where parent_process is null
      union all select p.process, a.depth + 1 from processes p join above a on p.parent_process = a.process)
    select c.args->>'item' as item, a.depth, caller.module || '.' || caller.function as caller
    from calls c join above a using (process) join calls caller on caller.process = c.process and caller.id = c.parent_id
    where c.module = 'shop' and c.function = 'price' order by item`);
  return {
    items: rows.map(({ item }) => item),
    depths: [...new Set(rows.map(({ depth }) => depth))],
    callers: [...new Set(rows.map(({ caller }) => caller))],
  };
}

/** Asks until the server is up. */
async function fetchPage({ child, ended }: Started, url: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    try {
      return await (await fetch(url)).text();
    } catch {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${JSON.stringify(await ended)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`no answer from ${url}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
