// The operations that answer questions about recordings, in the order in which help shows them.

import { call } from "./call.ts";
import { calls } from "./calls.ts";
import { exceptions } from "./exceptions.ts";
import { flow } from "./flow.ts";
import { gaps } from "./gaps.ts";
import type { Operation } from "./operation.ts";
import { report } from "./report.ts";
import { requests } from "./requests.ts";
import { slow } from "./slow.ts";
import { sql } from "./sql.ts";

// Each has its own input and data; whoever goes through the list checks input by the operation's own schema.
export const readOperations: readonly Operation[] = [report, calls, call, flow, exceptions, slow, gaps, requests, sql];
