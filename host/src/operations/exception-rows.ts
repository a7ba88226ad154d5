// Reads exceptions whole: place, fate, the calls they left, and the locals of every frame.

import type { Row, Store } from "../store/store.ts";
import { callKey } from "./call-key.ts";
import { parsed } from "./call-rows.ts";
import type { ExceptionShape, Fate, FrameShape } from "./data/exception.ts";
import { groupBy } from "./group-by.ts";
import { callHandle, exceptionHandle } from "./handle.ts";
import type { SqlCondition } from "./where-sql.ts";

interface ExceptionRow extends Row {
  run: string; process: number; id: number; call_id: number | null; type: string; module: string | null; message: string | null; args: string | null;
  file: string | null; line: number | null; function: string | null; fate: Fate; fatal: boolean | null; caught_file: string | null; caught_line: number | null;
  caught_function: string | null; left_call_id: number | null; calls_left: number | null; cause: unknown; context: unknown;
  seen_module: string | null; seen_function: string | null; left_module: string | null; left_function: string | null;
}

/** `where` is on a row `e` of exceptions; those that ended the program come first, then the latest. */
export async function readExceptions(store: Store, where: SqlCondition, limit: number): Promise<ExceptionShape[]> {
  const key = callKey(store);
  const rows = await store.query<ExceptionRow>(
    `WITH page AS MATERIALIZED (
       SELECT e.* FROM exceptions e WHERE ${where.sql} ORDER BY coalesce(e.fatal, false) DESC, e.raised_ns DESC LIMIT ${limit})
     SELECT page.*, s.module AS seen_module, s.function AS seen_function, l.module AS left_module, l.function AS left_function
     FROM page
     LEFT JOIN calls s ON ${key("s", "id")} = ${key("page", "call_id")}
     LEFT JOIN calls l ON ${key("l", "id")} = ${key("page", "left_call_id")}
     ORDER BY coalesce(page.fatal, false) DESC, page.raised_ns DESC`,
    where.parameters,
  );
  const frames = await readFrames(store, rows);
  return rows.map((row) => shapeOf(row, frames.get(`${row.run} ${row.process} ${row.id}`) ?? []));
}

function shapeOf(row: ExceptionRow, frames: FrameShape[]): ExceptionShape {
  const reference = (id: number | null, module: string | null, name: string | null) =>
    id === null || name === null ? null : { handle: callHandle(row.process, id), module: module ?? "", function: name };
  return {
    handle: exceptionHandle(row.process, row.id),
    run: row.run,
    type: row.type,
    module: row.module,
    message: row.message,
    args: parsed(row.args),
    file: row.file,
    line: row.line,
    function: row.function,
    fate: row.fate,
    fatal: row.fatal ?? false,
    caught_in: row.caught_function,
    caught_file: row.caught_file,
    caught_line: row.caught_line,
    seen_in: reference(row.call_id, row.seen_module, row.seen_function),
    left_call: reference(row.left_call_id, row.left_module, row.left_function),
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
  run: string; process: number; exception_id: number; depth: number; call_id: number | null; file: string | null; function: string | null;
  line: number | null; locals: string | null;
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
