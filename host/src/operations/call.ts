// call.show: one call with everything about it.

import * as z from "zod";
import type { Row, Store } from "../store/store.ts";
import { callDetailText } from "../views/call-detail.ts";
import { about } from "./about.ts";
import { ancestorsOf, mostAncestors } from "../queries/ancestors.ts";
import { parsed, readCalls } from "../queries/call-rows.ts";
import { callDetailShape, type CallDetail } from "../answers/call-detail.ts";
import { readExceptions } from "../queries/exception-rows.ts";
import { noCall } from "./flow.ts";
import { fullName } from "../queries/function-names.ts";
import { callHandle, exceptionId, parseCallHandle, type CallKey } from "../queries/handle.ts";
import { budget, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { shellWord } from "./shell-word.ts";

const input = z.object({
  call: z.string().describe("The handle of a call, such as c42 or p2c42"),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const mostSuspensions = 20;

export const call: Operation<Input, CallDetail> = {
  name: "call.show",
  command: "call",
  summary: "One call: ancestors, arguments, result, children, exception",
  description:
    "Shows one call in full: its callers up to the start of the program, across tasks, threads and processes; arguments and result; what it called, folded; when it was suspended and what it yielded; the exception that left it and what became of that. " +
    "Handles come from the other answers. Example: spoor call c42.",
  effect: "reads",
  input,
  data: callDetailShape,
  positional: ["call"],

  async run(input, context) {
    const key = parseCallHandle(input.call);
    const store = await context.openStore(input.run);
    const [call] = await readCalls(store, {
      where: { sql: "c.process = $process AND c.id = $id", parameters: { process: key.process, id: key.id } },
      order: "c.run DESC",
      limit: 1,
    });
    if (call === undefined) throw noCall(input.call);
    const at = { run: call.run, ...key };
    const raised = await readExceptions(
      store,
      {
        sql: "e.run = $run AND e.process = $process AND (e.call_id = $id OR e.id = $exception)",
        parameters: { ...at, exception: call.exception === null ? 0 : exceptionId(call.exception.handle) },
      },
      10,
    );
    const ancestors = await ancestorsOf(store, at);
    const data: CallDetail = {
      call,
      ancestors,
      ancestors_cut: ancestors.length === mostAncestors,
      ...(await suspensionsOf(store, at, call.suspends)),
      exception: raised.find((each) => each.handle === call.exception?.handle) ?? null,
      exceptions_inside: raised.filter((each) => each.handle !== call.exception?.handle),
    };
    const next = [
      ...(call.calls_made.length > 0 ? [`spoor flow --from ${call.handle}`] : []),
      ...(call.called_by === null ? [] : [`spoor call ${call.called_by.handle}`]),
      `spoor calls ${shellWord(fullName(call))}`,
    ];
    return { about: await about(context, store, next), data };
  },

  text(answer, style) {
    return callDetailText(answer.data, style);
  },
};

interface SuspensionRow extends Row {
  suspended_ns: number;
  resumed_ns: number | null;
  resumed_by: number | null;
  value: string | null;
  suspensions: number;
}

async function suspensionsOf(
  store: Store,
  at: CallKey & { readonly run: string },
  all: number,
): Promise<Pick<CallDetail, "suspensions" | "suspensions_left" | "suspensions_counted">> {
  const rows = await store.query<SuspensionRow>(
    `SELECT suspended_ns, resumed_ns, resumed_by, value, count(*) OVER () AS suspensions FROM suspensions
     WHERE run = $run AND process = $process AND call_id = $id ORDER BY suspended_ns LIMIT ${mostSuspensions}`,
    { run: at.run, process: at.process, id: at.id },
  );
  const recorded = rows[0]?.suspensions ?? 0;
  return {
    suspensions: rows.map((row) => ({
      suspended_ns: row.suspended_ns,
      resumed_ns: row.resumed_ns,
      resumed_by: row.resumed_by === null || row.resumed_by === 0 ? null : callHandle(at.process, row.resumed_by),
      value: parsed(row.value),
    })),
    suspensions_left: recorded - rows.length,
    suspensions_counted: Math.max(0, all - recorded),
  };
}
