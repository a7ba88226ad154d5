// The entry of the bundle that records: loaded where a process is recorded, by what Node requires first.
export { makeAgent } from "./agent.ts";
