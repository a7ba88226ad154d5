// Reads exceptions whole: place, fate, the calls they left, and the locals of every frame.

import type { Row, Store } from "../store/store.ts";
import { callReferences, type FindReference } from "./call-references.ts";
import { messageText, parsed } from "./call-rows.ts";
import type { ExceptionShape, Fate, FrameShape } from "../answers/exception.ts";
import { groupBy } from "./group-by.ts";
import { callHandle, exceptionHandle } from "./handle.ts";
import type { SqlCondition } from "./where-sql.ts";

interface ExceptionRow extends Row {
  run: string;
  process: number;
  id: number;
  call_id: number | null;
  type: string;
  module: string | null;
  message: string | null;
  args: string | null;
  file: string | null;
  line: number | null;
  function: string | null;
  fate: Fate;
  fatal: boolean | null;
  caught_file: string | null;
  caught_line: number | null;
  caught_function: string | null;
  left_call_id: number | null;
  calls_left: number | null;
  cause: unknown;
  context: unknown;
}

/** `where` is on a row `e` of exceptions; those that ended the program come first, then the latest. */
export async function readExceptions(store: Store, where: SqlCondition, limit: number): Promise<ExceptionShape[]> {
  const rows = await store.query<ExceptionRow>(
    `SELECT e.* FROM exceptions e WHERE ${where.sql} ORDER BY coalesce(e.fatal, false) DESC, e.raised_ns DESC LIMIT ${limit}`,
    where.parameters,
  );
  const frames = await readFrames(store, rows);
  const calls = await callReferences(
    store,
    rows.flatMap(({ run, process, call_id, left_call_id }) =>
      [call_id, left_call_id].flatMap((id) => (id === null ? [] : [{ run, process, id }])),
    ),
  );
  return rows.map((row) => shapeOf(row, calls, frames.get(`${row.run} ${row.process} ${row.id}`) ?? []));
}

function shapeOf(row: ExceptionRow, calls: FindReference, frames: FrameShape[]): ExceptionShape {
  return {
    handle: exceptionHandle(row.process, row.id),
    run: row.run,
    type: row.type,
    module: row.module,
    message: messageText(row.message),
    args: parsed(row.args),
    file: row.file,
    line: row.line,
    function: row.function,
    fate: row.fate,
    fatal: row.fatal ?? false,
    caught_in: row.caught_function,
    caught_file: row.caught_file,
    caught_line: row.caught_line,
    seen_in: calls(row.run, row.process, row.call_id),
    left_call: calls(row.run, row.process, row.left_call_id),
    calls_left: row.calls_left ?? 0,
    cause: textOrNull(row.cause),
    context: textOrNull(row.context),
    frames,
  };
}

/** Cause and context are ids or names, as the agent knew them. */
function textOrNull(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint" ? String(value) : null;
}

interface FrameRow extends Row {
  run: string;
  process: number;
  exception_id: number;
  depth: number;
  call_id: number | null;
  file: string | null;
  function: string | null;
  line: number | null;
  locals: string | null;
}

async function readFrames(store: Store, of: readonly ExceptionRow[]): Promise<Map<string, FrameShape[]>> {
  if (of.length === 0) return new Map();
  const rows = await store.query<FrameRow>(
    `SELECT f.* FROM frames f
     JOIN (SELECT unnest(from_json($keys::JSON, '[{"run":"VARCHAR","process":"INTEGER","id":"BIGINT"}]'), recursive := true)) k
       ON f.run = k.run AND f.process = k.process AND f.exception_id = k.id
     ORDER BY f.depth`,
    { keys: JSON.stringify(of.map(({ run, process, id }) => ({ run, process, id }))) },
  );
  const groups = groupBy(rows, (row) => `${row.run} ${row.process} ${row.exception_id}`);
  return new Map(
    [...groups].map(([key, frames]) => [
      key,
      frames.map((row) => ({
        depth: row.depth,
        function: row.function ?? "?",
        file: row.file,
        line: row.line,
        call: row.call_id === null || row.call_id === 0 ? null : callHandle(row.process, row.call_id),
        locals: parsed(row.locals) as Record<string, unknown> | null,
      })),
    ]),
  );
}
