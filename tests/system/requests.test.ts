// Requests of web programs, by real servers and frameworks and on every engine: each is listed once with its method, path,
// route, handler and status, without secrets, and its calls are found by it.
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { engines } from "./interpreters.ts";
import { sandbox, type Started } from "./sandbox.ts";

interface Server {
  readonly name: string;
  readonly command: (port: string) => string[];
  readonly paths: readonly string[];
  readonly expected: readonly unknown[];
}

const secret = "a=1&password=[redacted:name:password]";
const servers: Server[] = [
  {
    name: "flask run",
    command: (port) => ["flask", "--app", "flasks", "run", "--port", port],
    paths: ["/tea", "/no/such"],
    expected: [
      ["GET", "/tea", secret, "flask", "/<item>", "page", 200],
      ["GET", "/no/such", null, "flask", null, null, 404],
    ],
  },
  {
    name: "gunicorn, Flask",
    command: (port) => ["gunicorn", "-w", "1", "-b", `127.0.0.1:${port}`, "flasks:app"],
    paths: ["/tea"],
    expected: [["GET", "/tea", secret, "flask", "/<item>", "page", 200]],
  },
  {
    name: "gunicorn, an application of its own",
    command: (port) => ["gunicorn", "-w", "1", "-b", `127.0.0.1:${port}`, "wsgi:app"],
    paths: ["/tea"],
    expected: [["GET", "/tea", secret, null, null, null, 200]],
  },
  {
    name: "uvicorn, an application of its own",
    command: (port) => ["uvicorn", "asgi:app", "--port", port],
    paths: ["/tea"],
    expected: [["GET", "/tea", secret, null, null, null, 200]],
  },
  {
    name: "uvicorn, FastAPI",
    command: (port) => ["uvicorn", "fast:app", "--port", port],
    paths: ["/items/tea", "/no/such", "/fails"],
    expected: [
      ["GET", "/items/tea", secret, "fastapi", "/items/{item}", "fast.page", 200],
      ["GET", "/no/such", null, "fastapi", null, null, 404],
      ["GET", "/fails", null, "fastapi", "/fails", "fast.fails", 500],
    ],
  },
  {
    name: "manage.py runserver",
    command: (port) => ["python", "manage.py", "runserver", "--noreload", port],
    paths: ["/tea"],
    expected: [["GET", "/tea", secret, "django", "<item>", "__main__.page", 200]],
  },
];

describe.each(servers)("$name", (server) => {
  test.each(engines)("Python $version", async (python) => {
    const { bin } = await venvFor(python, "web");
    await using here = sandbox({}, ["web"]);
    const port = String(await freePort());
    const started = here.startRecorded(server.command(port), {
      cwd: `${here.directory}/web`,
      env: { PATH: `${bin}:${here.env["PATH"] ?? ""}`, PYTHONUNBUFFERED: "1" },
      limitMs: 60_000,
    });
    for (const [index, path] of server.paths.entries()) {
      await ask(started, `http://127.0.0.1:${port}${path}${index === 0 ? "?a=1&password=hunter2" : ""}`);
    }
    started.child.kill("SIGTERM");
    await started.ended;
    const rows = await here.rows<{ handle: string; duration_ns: number; calls: number } & Record<string, unknown>>(
      `select method, path, query, framework, route, handler, status, ended_ns - started_ns as duration_ns from requests order by started_ns`,
    );
    expect(
      rows.map((row) => [
        row["method"],
        row["path"],
        row["query"],
        row["framework"],
        row["route"],
        row["handler"],
        row["status"],
      ]),
    ).toEqual(server.expected);
    expect(rows.every(({ duration_ns }) => duration_ns > 0)).toBe(true);
    const listed = JSON.parse((await here.spoor(["requests", "--json"])).stdout) as {
      data: { requests: { handle: string; calls: number }[] };
    };
    const first = listed.data.requests[0];
    // shop.answer and shop.price, and what is recorded around them.
    expect(first?.calls).toBeGreaterThanOrEqual(2);
    const flow = await here.spoor(["flow", "--request", first?.handle ?? ""]);
    // Once each: the calls of the other requests are not among them.
    expect(flow.stdout.match(/answer {2}web\/shop\.py/g)).toHaveLength(1);
    expect(flow.stdout.match(/price {2}web\/shop\.py/g)).toHaveLength(1);
  });
});

/** Asks until the server is up. */
async function ask({ ended }: Started, url: string): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  for (;;) {
    try {
      await (await fetch(url)).text();
      return;
    } catch (error) {
      if (over) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
