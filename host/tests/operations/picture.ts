// A recording drawn as indented text, as rows of the tables of spec/store.md: one line a call, its callees indented
// under it. Times are made up but consistent: a call takes what is written (`~5ms`) or 10 µs, plus what is below it.
//
//   shop.app:main
//     shop.cart:total({"tax":0.2}) -> 12.5 ~2ms
//       shop.cart:price x 3
//     [task fetch] shop.api:get ! ValueError: caught later
//     shop.api:put !! KeyError: left recorded code
//     [process] shop.work:<module>

export interface PictureRows {
  readonly processes: Record<string, unknown>[];
  readonly threads: Record<string, unknown>[];
  readonly functions: Record<string, unknown>[];
  readonly calls: Record<string, unknown>[];
  readonly exceptions: Record<string, unknown>[];
}

interface Line {
  readonly text: string;
  readonly below: Line[];
}

const linePattern =
  /^(?:\[(?<on>thread|task|process) ?(?<onName>[^\]]*)\] )?(?<module>[\w.]+):(?<function>[\w.<>]+)(?:\((?<args>\{.*\})\))?(?: -> (?<result>.+?))?(?: (?<bang>!!?) (?<type>\w+)(?:: (?<message>[^~]*?))?)?(?<open> …)?(?: ~(?<wait>wait )?(?<time>\d+)(?<unit>us|ms|s))?(?: x (?<repeat>\d+))?$/u;

const unitNs: Readonly<Record<string, number>> = { us: 1e3, ms: 1e6, s: 1e9 };

interface Place {
  process: number;
  thread: number;
  parent: number | null;
  stackParent: number | null;
}

export function rowsOf(picture: string, run = "20261101-093000-abc"): PictureRows {
  const rows: PictureRows = { processes: [], threads: [], functions: [], calls: [], exceptions: [] };
  const ids = new Map<string, number>();
  const nextId = (what: string) => {
    ids.set(what, (ids.get(what) ?? 0) + 1);
    return ids.get(what) ?? 0;
  };
  let clock = 0;

  const addThread = (process: number, kind: string, name: string, createdBy: number | null) => {
    const thread = nextId(`thread ${process}`);
    const parent = kind === "task" ? 1 : null;
    rows.threads.push({
      run,
      process,
      thread,
      kind,
      name,
      native_id: 1,
      daemon: false,
      parent_thread: parent,
      created_by: createdBy,
      started_ns: clock,
    });
    return thread;
  };
  const addProcess = (parent: number | null, call: number | null) => {
    const process = nextId("process");
    rows.processes.push({
      run,
      process,
      key: `${process}-0`,
      pid: 100 + process,
      ppid: 1,
      parent_process: parent,
      parent_call_id: call,
      born: parent === null ? "spawn" : "fork",
      runtime: "python",
      runtime_version: "3.12.1",
      argv: '["app.py"]',
      cwd: "/p",
      started_ns: clock,
      ended_ns: clock,
      ended: "exit",
      truncated: false,
      corrupt: 0,
    });
    return { process, thread: addThread(process, "thread", "MainThread", null) };
  };
  const functionId = (process: number, module: string, name: string) => {
    const known = rows.functions.find(
      (each) => each["process"] === process && each["module"] === module && each["function"] === name,
    );
    if (known !== undefined) return known["function_id"];
    const function_id = nextId(`function ${process}`);
    const line = name === "<module>" ? 1 : function_id * 10;
    rows.functions.push({
      run,
      process,
      function_id,
      module,
      function: name,
      file: `${module.replaceAll(".", "/")}.py`,
      line,
      kind: name === "<module>" ? "module" : "function",
      parameters: "[]",
    });
    return function_id;
  };

  /** Returns the call's duration. */
  const call = (line: Line, at: Place): number => {
    const parts = linePattern.exec(line.text)?.groups;
    if (parts === undefined) throw new Error(`not a line of a picture: ${line.text}`);
    let whole = 0;
    for (let time = 0; time < Number(parts["repeat"] ?? 1); time += 1) whole += once(line, parts, at);
    return parts["on"] === undefined ? whole : 0;
  };
  const once = (line: Line, parts: Record<string, string | undefined>, at: Place): number => {
    let { process, thread, parent, stackParent } = at;
    if (parts["on"] === "process") {
      ({ process, thread } = addProcess(process, parent));
      parent = stackParent = null;
    } else if (parts["on"] !== undefined) {
      thread = addThread(process, parts["on"], parts["onName"] ?? "", parent);
      stackParent = null;
    }
    const id = nextId(`call ${process}`);
    const started_ns = clock;
    const row: Record<string, unknown> = {
      run,
      process,
      id,
      parent_id: parent,
      stack_parent_id: stackParent,
      module: parts["module"],
      function: parts["function"],
      thread,
      started_ns,
    };
    rows.calls.push(row);
    row["function_id"] = functionId(process, parts["module"] ?? "", parts["function"] ?? "");
    const spent = parts["time"] === undefined ? 10_000 : Number(parts["time"]) * (unitNs[parts["unit"] ?? "ms"] ?? 1);
    clock += spent;
    const below = line.below
      .map((each) => call(each, { process, thread, parent: id, stackParent: id }))
      .reduce((a, b) => a + b, 0);
    const waited = parts["wait"] === undefined ? 0 : spent;
    const open = parts["open"] !== undefined;
    const raised = parts["type"] !== undefined;
    // `! e2` is left by an exception that was raised further down.
    const known = /^e(\d+)$/.exec(parts["type"] ?? "")?.[1];
    const passed = rows.exceptions.find((each) => each["process"] === process && each["id"] === Number(known));
    const exception_id = passed === undefined ? (raised ? nextId(`exception ${process}`) : null) : Number(known);
    if (passed !== undefined) Object.assign(passed, { left_call_id: id, calls_left: Number(passed["calls_left"]) + 1 });
    Object.assign(row, {
      duration_ns: open ? null : spent + below,
      running_ns: open ? null : spent + below - waited,
      own_ns: open ? null : spent - waited,
      suspends: waited > 0 ? 1 : 0,
      outcome: open ? "running" : raised ? "raised" : "returned",
      args: parts["args"] ?? "{}",
      result: open || raised ? null : (parts["result"] ?? "null"),
      exception_id,
    });
    if (raised && passed === undefined) {
      const left = parts["bang"] === "!!";
      rows.exceptions.push({
        run,
        process,
        id: exception_id,
        call_id: id,
        thread,
        raised_ns: clock,
        type: parts["type"],
        module: "builtins",
        message: parts["message"] ?? "",
        args: "[]",
        file: `${(parts["module"] ?? "").replaceAll(".", "/")}.py`,
        line: 12,
        function: parts["function"],
        fate: left ? "left" : "caught",
        left_call_id: id,
        calls_left: 1,
        fatal: left,
        caught_file: left ? null : "shop/app.py",
        caught_line: left ? null : 30,
        caught_function: left ? null : "main",
      });
    }
    return spent + below;
  };

  const first = addProcess(null, null);
  for (const root of linesOf(picture)) call(root, { ...first, parent: null, stackParent: null });
  return rows;
}

function linesOf(picture: string): Line[] {
  const roots: Line[] = [];
  const open: { indent: number; line: Line }[] = [];
  for (const each of picture.split("\n")) {
    if (each.trim() === "") continue;
    const indent = each.length - each.trimStart().length;
    const line: Line = { text: each.trim(), below: [] };
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= indent) open.pop();
    (open.at(-1)?.line.below ?? roots).push(line);
    open.push({ indent, line });
  }
  return roots;
}
