// Gaps, counted calls and drops: a batch holds a part of each count, and queries add the parts up.

import { sqlText } from "../duckdb.ts";
import type { Unread } from "../unread.ts";
import { relativeFile } from "./definitions.ts";

export function gapsSql(root: string): string {
  return `
    select g.process, g.parent as caller_id, any_value(f.module) as caller_module, any_value(f."function") as caller,
      g.payload->>'module' as module, g.payload->>'name' as callee, g.payload->>'kind' as kind,
      ${relativeFile("g.payload->>'file'", root)} as file, g.payload->>'include' as include, sum(g.ref) as calls,
      bool_or(g.thread = 1) as at_least
    from batch.records g left join batch.known_functions f on g.process = f.process and g.parent = f.function_id
    where g.kind = 'G'::spool_kind group by all having sum(g.ref) > 0`;
}

export const COUNTED_SQL = `
  select n.process, n.id as function_id, any_value(f.module) as module, any_value(f."function") as "function",
    n.thread, n.payload->>'why' as why, sum(n.ref) as calls,
    sum(try_cast(n.payload->>'total_ns' as bigint)) as total_ns, max(try_cast(n.payload->>'max_ns' as bigint)) as max_ns,
    sum(try_cast(n.payload->>'raised' as bigint)) as raised
  from batch.records n left join batch.known_functions f on n.process = f.process and n.id = f.function_id
  where n.kind = 'N'::spool_kind group by n.process, n.id, n.thread, why having sum(n.ref) > 0`;

/** A count of 0 is a place that the agent keeps free. */
export function dropsSql(unread: readonly Unread[]): string {
  const files = unread.map(({ why, note }) => `union all select null, ${sqlText(why)}, 1, ${sqlText(note)}, null`);
  return `
    select process, payload->>'why' as why, ref as count, payload->>'note' as note, t as t_ns
    from batch.records where kind = 'D'::spool_kind and ref > 0
    union all select process, 'request_unseen', sum(ref), 'answers of a web server that is not recognised (' || (payload->>'unseen') || '): spoor.middleware makes its requests known', max(t)
    from batch.records where kind = 'P'::spool_kind and id = 0 and ref > 0 group by process, payload->>'unseen'
    union all select process, 'request_strands', sum(try_cast(payload->>'missed' as bigint)), 'tasks and threads of web requests that had more than a thousand: their calls are not found by their request', max(t)
    from batch.records where kind = 'P'::spool_kind and try_cast(payload->>'missed' as bigint) > 0 group by process
    ${files.join("\n")}`;
}
