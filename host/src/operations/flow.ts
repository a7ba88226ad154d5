// flow.show: what happened, as a call tree in time order with repeats folded.

import * as z from "zod";
import { Problem } from "../problem.ts";
import type { Store } from "../store/store.ts";
import { flowText } from "../views/flow.ts";
import { about } from "./about.ts";
import { absent } from "./absent.ts";
import { callKey } from "../queries/call-key.ts";
import { absentShape } from "../answers/absent.ts";
import { treeNode, type TreeNode } from "../answers/tree.ts";
import { exactTree, exactTreeFrom, exactTreeOf, mostCalls } from "../queries/exact-tree.ts";
import { cutDepth, foldSiblings, keepOnly } from "../queries/fold.ts";
import { foldedTree } from "../queries/folded-tree.ts";
import { matchNames } from "../queries/function-names.ts";
import { ofFunctions, recordedFunctions } from "../queries/functions.ts";
import { isCallHandle, parseCallHandle } from "../queries/handle.ts";
import { parseRequestHandle, rootsOfRequest } from "../queries/requests.ts";
import { modulePattern } from "../queries/patterns.ts";
import { budget, module, run } from "./input.ts";
import type { Operation } from "./operation.ts";

const input = z.object({
  from: z.string().optional().describe("Begin at this call (c42), or at every call of this function"),
  request: z.string().optional().describe("Only what belongs to this web request (r7)"),
  module,
  depth: z
    .number()
    .int()
    .min(0)
    .max(40)
    .optional()
    .describe("Levels below the roots (default 8, or 3 where calls are folded by function)"),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const data = z.object({
  order: z
    .enum(["exact", "first"])
    .describe("exact: every change of function in time order; first: folded by function, in the order of first call"),
  roots: z.array(treeNode),
  absent: absentShape.nullable(),
});
export type FlowData = z.infer<typeof data>;

export const flow: Operation<Input, FlowData> = {
  name: "flow.show",
  command: "flow",
  summary: "The call tree in time order, repeats folded",
  description:
    "Shows what called what, in time order, with alike neighbours folded (x 1,204) and threads, tasks and processes under the call that made them. " +
    "Start at one call or function with --from, at a web request with --request, keep to some modules with --module. Runs of more than 20,000 calls are folded by function. Example: spoor flow --from c42 --depth 3.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const { order, roots, absent } = await flowOf(store, input);
    const wanted = input.module === undefined ? null : new RegExp(modulePattern(input.module));
    // A program's recursion may be deeper than that of the functions that walk the tree.
    const depth = input.depth ?? DEPTH;
    const shallow = cutDepth(roots, wanted === null ? depth : 300);
    const kept = wanted === null ? shallow : keepOnly(shallow, (node) => wanted.test(node.module));
    const tree = cutDepth(foldSiblings(kept), depth);
    return {
      about: await about(context, store, next(tree)),
      data: { order, roots: tree, absent },
    };
  },

  text(answer, style) {
    return flowText(answer.data, style);
  },
};

const DEPTH = 8;
/** Each level of a folded tree walks over all calls of the run, and few are drawn. */
const FOLDED_DEPTH = 3;

async function flowOf(store: Store, { from, request, depth, module }: Input): Promise<FlowData> {
  // Modules that are filtered out do not count as levels, so that more of them must be read.
  const more = module === undefined ? 1 : 2;
  const levels = Math.min(40, (depth ?? DEPTH) * more);
  const folded = { depth: Math.min((depth ?? FOLDED_DEPTH) * more, 12), breadth: 200 };
  if (request !== undefined) {
    const of = await rootsOfRequest(store, parseRequestHandle(request));
    const exact = await exactTreeOf(store, of, levels);
    if (exact !== null) return { order: "exact", roots: exact, absent: null };
    return {
      order: "first",
      roots: await foldedTree(store, { roots: of, rootsBy: "function", ...folded }),
      absent: null,
    };
  }
  if (from === undefined) {
    const few = (await store.completeness()).calls <= mostCalls;
    const exact = few ? await exactTree(store) : null;
    if (exact !== null) return { order: "exact", roots: exact, absent: null };
    const roots = await foldedTree(store, {
      roots: { sql: "c.parent_id IS NULL", parameters: {} },
      rootsBy: "thread",
      ...folded,
    });
    return { order: "first", roots, absent: null };
  }
  if (isCallHandle(from)) {
    const call = parseCallHandle(from);
    const exact = await exactTreeFrom(store, call, levels);
    if (exact?.length === 0) throw noCall(from);
    if (exact !== null) return { order: "exact", roots: exact, absent: null };
    const roots = { sql: "c.process = $process AND c.id = $id", parameters: { process: call.process, id: call.id } };
    return { order: "first", roots: await foldedTree(store, { roots, rootsBy: "function", ...folded }), absent: null };
  }
  const all = await recordedFunctions(store);
  const functions = matchNames(from, all);
  if (functions.length === 0) {
    return { order: "first", roots: [], absent: await absent(store, from, all, await store.completeness()) };
  }
  const of = ofFunctions(functions, "c");
  const key = callKey(store);
  // A call of the function right below another one is in that one's tree already.
  const outer = `coalesce(${key("c", "parent_id")} NOT IN (SELECT ${key("i", "id")} FROM calls i WHERE ${ofFunctions(functions, "i").sql}), true)`;
  const roots = { sql: `${of.sql} AND ${outer}`, parameters: of.parameters };
  return { order: "first", roots: await foldedTree(store, { roots, rootsBy: "function", ...folded }), absent: null };
}

export function noCall(handle: string): Problem {
  return new Problem({
    code: "call.not_found",
    kind: "usage",
    says: `There is no call ${handle} in this run.`,
    tryNext: "spoor calls <function> lists calls with their handles; --run chooses another run.",
    context: { handle },
  });
}

/** The largest subtree that is not shown whole. */
function next(roots: readonly TreeNode[]): string[] {
  let largest: TreeNode | null = null;
  const visit = (node: TreeNode): void => {
    if (node.left_out > (largest?.left_out ?? 0)) largest = node;
    node.children.forEach(visit);
  };
  roots.forEach(visit);
  const found = largest as TreeNode | null;
  return found === null ? [] : [`spoor flow --from ${found.handle}`];
}
