// The operations that answer questions about recordings, in the order in which help shows them.

import { calls } from "./calls.ts";
import { gaps } from "./gaps.ts";
import type { Operation } from "./operation.ts";
import { slow } from "./slow.ts";
import { sql } from "./sql.ts";

// Each has its own input and data; whoever goes through the list checks input by the operation's own schema.
export const readOperations = [calls, gaps, slow, sql] as unknown as readonly Operation[];
