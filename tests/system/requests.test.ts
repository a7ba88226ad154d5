// Requests of web programs, by real servers and frameworks and on every engine: each is listed once with its method, path,
// route, handler and status, without secrets, and its calls are found by it.
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { coresOf } from "../../scripts/native-cores.ts";
import { engines, matrix } from "./interpreters.ts";
import { sandbox, type Started } from "./sandbox.ts";

interface Server {
  readonly name: string;
  readonly command: (port: string) => string[];
  /** A method before a path that is not got; `!` before one that nobody waits for. */
  readonly paths: readonly string[];
  /** Method, path, query, framework, route, handler, status, exception that left it, whether it was cut, calls of shop.answer and shop.price. */
  readonly expected: readonly unknown[];
}

const secret = "a=1&password=[redacted:name:password]";
const ok = [200, null, false, 2];
const own = ["GET", "/tea", secret, null, null, null, ...ok];
const flasks = {
  paths: ["/tea", "HEAD /tea", "/pool/tea", "/more/tea", "/no/such", "/fails", "/tea"],
  expected: [
    ["GET", "/tea", secret, "flask", "/<item>", "page", ...ok],
    ["HEAD", "/tea", null, "flask", "/<item>", "page", ...ok],
    ["GET", "/pool/tea", null, "flask", "/pool/<item>", "in_pool", ...ok],
    ["GET", "/more/tea", null, "flask", "/more/<item>", "more.of_blueprint", ...ok],
    ["GET", "/no/such", null, "flask", null, null, 404, null, false, 0],
    ["GET", "/fails", null, "flask", "/fails", "fails", 500, "KeyError", false, 0],
    ["GET", "/tea", null, "flask", "/<item>", "page", ...ok],
  ],
};
const gunicorns = {
  paths: [...flasks.paths, "/breaks"],
  expected: [...flasks.expected, ["GET", "/breaks", null, "flask", "/breaks", "breaks", 200, "KeyError", true, 2]],
};
const servers: Server[] = [
  { name: "flask run", command: (port) => ["flask", "--app", "flasks", "run", "--port", port], ...flasks },
  {
    name: "gunicorn, Flask",
    command: (port) => ["gunicorn", "-w", "1", "-b", `127.0.0.1:${port}`, "flasks:app"],
    ...gunicorns,
  },
  {
    name: "gunicorn with threads, Flask",
    command: (port) => ["gunicorn", "-k", "gthread", "--threads", "2", "-b", `127.0.0.1:${port}`, "flasks:app"],
    ...gunicorns,
  },
  {
    name: "gunicorn, an application of its own",
    command: (port) => ["gunicorn", "-w", "1", "-b", `127.0.0.1:${port}`, "wsgi:app"],
    paths: ["/tea", "/fails", "/fails-late", "/tea"],
    expected: [
      own,
      ["GET", "/fails", null, null, null, null, 500, "KeyError", false, 2],
      ["GET", "/fails-late", null, null, null, null, 500, "KeyError", false, 2],
      ["GET", "/tea", null, null, null, null, ...ok],
    ],
  },
  {
    name: "uvicorn, an application of its own",
    command: (port) => ["uvicorn", "asgi:app", "--port", port],
    paths: ["/tea"],
    expected: [own],
  },
  {
    name: "uvicorn, FastAPI",
    command: (port) => ["uvicorn", "fast:app", "--port", port],
    paths: ["/items/tea", "/thread/tea", "/pools/tea", "/more/tea", "/mounted/tea", "/no/such", "/fails", "/items/tea"],
    expected: [
      ["GET", "/items/tea", secret, "fastapi", "/items/{item}", "fast.page", ...ok],
      ["GET", "/thread/tea", null, "fastapi", "/thread/{item}", "fast.in_thread", ...ok],
      ["GET", "/pools/tea", null, "fastapi", "/pools/{item}", "fast.in_pools", 200, null, false, 4],
      ["GET", "/more/tea", null, "fastapi", "/more/{item}", "fast.of_router", ...ok],
      ["GET", "/mounted/tea", null, "fastapi", "/mounted/{item}", "fast.of_mounted", ...ok],
      ["GET", "/no/such", null, "fastapi", null, null, 404, null, false, 0],
      ["GET", "/fails", null, "fastapi", "/fails", "fast.fails", 500, "ValueError", false, 0],
      ["GET", "/items/tea", null, "fastapi", "/items/{item}", "fast.page", ...ok],
    ],
  },
  {
    name: "uvicorn, answers that are not completed",
    command: (port) => ["uvicorn", "streams:app", "--port", port],
    paths: ["/no/such", "/breaks", "!/endless", "/no/such", "/no/such"],
    expected: [
      ["GET", "/no/such", secret, "fastapi", null, null, 404, null, false, 0],
      ["GET", "/breaks", null, "fastapi", "/breaks", "streams.breaks", 200, "KeyError", true, 2],
      [
        "GET",
        "/endless",
        null,
        "fastapi",
        "/endless",
        "streams.endless",
        200,
        expect.anything(),
        true,
        expect.anything(),
      ],
      ["GET", "/no/such", null, "fastapi", null, null, 404, null, false, 0],
      ["GET", "/no/such", null, "fastapi", null, null, 404, null, false, 0],
    ],
  },
  {
    name: "manage.py runserver",
    command: (port) => ["python", "manage.py", "runserver", "--noreload", port],
    paths: ["/tea"],
    expected: [["GET", "/tea", secret, "django", "<item>", "__main__.page", ...ok]],
  },
  {
    name: "uvicorn, Django",
    command: (port) => ["uvicorn", "sync_views:application", "--port", port],
    paths: ["/tea", "/milk"],
    expected: [
      ["GET", "/tea", secret, "django", "<item>", "manage.page", ...ok],
      ["GET", "/milk", null, "django", "<item>", "manage.page", ...ok],
    ],
  },
];

// Each engine, the oldest interpreter too, with one core or the other.
const cases = await Promise.all(
  matrix
    .filter((each, at) => at === 0 || engines.includes(each))
    .map(async (python, at) => ({ python, core: at % 2 === 0 ? ((await coresOf(python))[0] ?? "python") : "python" })),
);

describe.each(servers)("$name", (server) => {
  test.each(cases)("Python $python.version, $core core", async ({ python, core }) => {
    const { bin } = await venvFor(python, "web");
    await using here = sandbox({}, ["web"]);
    const port = String(await freePort());
    const started = here.startRecorded(server.command(port), {
      cwd: `${here.directory}/web`,
      env: { PATH: `${bin}:${here.env["PATH"] ?? ""}`, PYTHONUNBUFFERED: "1" },
      flags: ["--core", core],
      limitMs: 90_000,
    });
    for (const [index, asked] of server.paths.entries()) {
      // Time for what was given up to end.
      if (index > 0 && server.paths[index - 1]?.startsWith("!"))
        await new Promise((resolve) => setTimeout(resolve, 1000));
      const [, leaves, method = "GET", path] = /^(!?)(?:([A-Z]+) )?(.*)$/.exec(asked) ?? [];
      const url = `http://127.0.0.1:${port}${path}${index === 0 ? "?a=1&password=hunter2" : ""}`;
      await ask(started, url, method, leaves === "!");
    }
    started.child.kill("SIGTERM");
    await started.ended;
    const listed = JSON.parse((await here.spoor(["requests", "--json"])).stdout) as {
      data: { requests: Listed[]; open: number };
    };
    const found = listed.data.requests;
    const told = await Promise.all(
      found.map(async (each) => {
        const flow = await here.spoor(["flow", "--request", each.handle, "--json"]);
        const calls = countOf(JSON.parse(flow.stdout) as { data: { roots: Node[] } }, each);
        const { method, path, query, framework, route, handler, status, raised, cut } = each;
        return [method, path, query, framework, route, handler, status, raised, cut, calls];
      }),
    );
    expect(told).toEqual(server.expected);
    expect(found.every(({ duration_ns }) => duration_ns !== null && duration_ns > 0)).toBe(true);
    expect(listed.data.open).toBe(0);
  });
});

interface Listed extends Record<string, unknown> {
  readonly handle: string;
  readonly calls: number;
  readonly duration_ns: number | null;
}

interface Node {
  readonly function: string;
  readonly module: string;
  readonly count: number;
  readonly children: readonly Node[];
}

/** How often the shop was asked in a request. */
function countOf({ data }: { data: { roots: readonly Node[] } }, { calls }: Listed): number {
  const count = (nodes: readonly Node[]): number =>
    nodes.reduce((sum, node) => sum + (node.module === "shop" ? node.count : 0) + count(node.children), 0);
  const found = count(data.roots);
  expect(found).toBeLessThanOrEqual(calls);
  return found;
}

/** Asks until the server is up. */
async function ask({ ended }: Started, url: string, method: string, leaves: boolean): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  for (;;) {
    try {
      const gone = new AbortController();
      const answer = await fetch(url, { method, signal: gone.signal });
      if (leaves) {
        await answer.body?.getReader().read();
        gone.abort();
        return;
      }
      await answer.text().catch(() => "cut");
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
