// What a drawing needs from the store, in the order in which it happened.
import type { Store } from "spoor/store/store";

export type CallRow = {
  process: number;
  id: number;
  parent_id: number | null;
  stack_parent_id: number | null;
  module: string;
  function: string;
  kind: string;
  parameters: string;
  thread: number;
  strand: string;
  suspends: number;
  outcome: "returned" | "raised" | "closed" | "running";
  args: string | null;
  result: string | null;
  exception_id: number | null;
};

export type SuspensionRow = { process: number; call_id: number; resumed_by: number | null; value: string | null };

export type ExceptionRow = {
  process: number;
  id: number;
  type: string;
  args: string;
  file: string | null;
  line: number;
  function: string;
  fate: string;
  caught: string | null;
  caught_line: number | null;
  caught_file: string | null;
  left_by: string | null;
  calls_left: number;
  fatal: boolean;
};

export type GapRow = {
  process: number;
  caller: string;
  callee: string;
  kind: string;
  calls: number;
  at_least: boolean;
};

export type FrameRow = {
  process: number;
  exception_id: number;
  depth: number;
  file: string | null;
  line: number | null;
  function: string;
  locals: string;
};

export type ProcessRow = {
  process: number;
  parent_process: number | null;
  parent_call: string | null;
  born: string;
  ended: string;
  corrupt: number;
  truncated: boolean;
};

export type CountedRow = { process: number; function: string; why: string; calls: number; raised: number };

export type DropRow = { process: number; why: string; count: number; note: string };

export interface Rows {
  processes: ProcessRow[];
  calls: CallRow[];
  suspensions: SuspensionRow[];
  exceptions: ExceptionRow[];
  frames: FrameRow[];
  gaps: GapRow[];
  counted: CountedRow[];
  drops: DropRow[];
}

export async function readRows(store: Store): Promise<Rows> {
  return {
    processes: await store.query<ProcessRow>(
      `select p.process, p.parent_process, c.function as parent_call, p.born, p.ended, p.corrupt, p.truncated from processes p
       left join calls c on c.process = p.parent_process and c.id = p.parent_call_id order by p.process`,
    ),
    calls: await store.query<CallRow>(
      `select c.process, c.id, c.parent_id, c.stack_parent_id, c.module, c.function, f.kind, f.parameters, c.thread,
         t.kind || ' ' || t.name as strand, c.suspends, c.outcome, c.args, c.result, c.exception_id
       from calls c left join functions f using (process, function_id) left join threads t using (process, thread)
       order by c.process, c.id`,
    ),
    suspensions: await store.query<SuspensionRow>(
      `select process, call_id, resumed_by, value from suspensions order by process, call_id, suspended_ns`,
    ),
    exceptions: await store.query<ExceptionRow>(
      `select e.process, e.id, e.type, e.args, e.file, e.line, e.function, e.fate, e.caught_function as caught, e.caught_line, e.caught_file,
         l.function as left_by, e.calls_left, e.fatal
       from exceptions e left join calls l on l.process = e.process and l.id = e.left_call_id order by e.process, e.id`,
    ),
    frames: await store.query<FrameRow>(
      `select process, exception_id, depth, file, line, function, locals from frames order by process, exception_id, depth`,
    ),
    gaps: await store.query<GapRow>(
      `select process, caller, module || '.' || callee as callee, kind, calls, at_least from gaps order by process, caller, callee`,
    ),
    counted: await store.query<CountedRow>(
      `select process, function, why, sum(calls)::int as calls, sum(raised)::int as raised from counted group by all order by all`,
    ),
    drops: await store.query<DropRow>(`select process, why, count, note from drops order by all`),
  };
}
