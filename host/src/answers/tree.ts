// A folded call tree: a node is one call or all alike calls at its place in the tree.

import * as z from "zod";

/** On the task of the call that caused it, after that call or between its steps. */
export const later = "later";

export interface TreeNode {
  handle: string;
  module: string;
  function: string;
  file: string | null;
  line: number | null;
  /** Of function, as in spec/spool.md: `class` is the body of a class. */
  kind: string;
  count: number;
  total_ns: number;
  own_ns: number;
  waiting_ns: number;
  raised: number;
  open: number;
  /** What makes it a root or hangs it elsewhere than on the stack: `task fetch-3`, `process 2 (fork)`, `later`. */
  on: string | null;
  children: TreeNode[];
  /** Calls below it that the answer does not hold: deeper than asked or beyond the most important ones. */
  left_out: number;
}

export const treeNode: z.ZodType<TreeNode> = z
  .object({
    handle: z.string().describe("The first call that it stands for"),
    module: z.string(),
    function: z.string(),
    file: z.string().nullable(),
    line: z.number().nullable(),
    kind: z.string().describe("Kind of function; class is the body of a class"),
    count: z.number().describe("Calls folded into this node"),
    total_ns: z.number(),
    own_ns: z.number(),
    waiting_ns: z.number().describe("Time suspended, as in await"),
    raised: z.number(),
    open: z.number().describe("Calls that never returned"),
    on: z
      .string()
      .nullable()
      .describe("Process, thread or task that begins here; later: what is above it caused it, but had not called it"),
    get children() {
      return z.array(treeNode);
    },
    left_out: z.number().describe("Calls below it that this answer does not hold"),
  })
  .meta({ id: "TreeNode" });
