// One column that tells every call from every other, since joins on (run, process, id) cost three times as much as
// joins on one integer. Which expression will do depends on how many runs and processes are open.

import type { Store } from "../store/store.ts";

/** SQL of the key of the call whose id is in `column` of the row `alias`; null where the column is null. */
export type CallKeySql = (alias: string, column: string) => string;

export function callKey(store: Store): CallKeySql {
  // Ids stay far below 2^40 and processes below 2^22 within a run; 64 bits of hash do not collide across a few runs.
  return store.runs.length === 1
    ? (alias, column) => `(${alias}.process::BIGINT * 1099511627776 + ${alias}.${column})`
    : (alias, column) =>
        `(CASE WHEN ${alias}.${column} IS NOT NULL THEN hash(${alias}.run, ${alias}.process, ${alias}.${column}) END)`;
}
