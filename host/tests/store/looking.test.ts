// Sealing looks at files of processes that go on meanwhile: what these write between the look and their death, and
// files that are ended out of order, are not lost.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SpoolRecord } from "@spoor/protocol/spool";
import { runPaths } from "../../src/project/run-directory.ts";
import { planSealing } from "../../src/store/due.ts";
import { hostIdentity, nativeStart } from "../../src/store/liveness.ts";
import { openStore } from "../../src/store/open.ts";
import { sealRun } from "../../src/store/seal.ts";
import { header, livingKey, makeProject, makeRun, rowsOf, spoolText, writeSpool } from "./recording.ts";

const definition: SpoolRecord = {
  kind: "F",
  id: 1,
  ref: 1,
  payload: { module: "m", name: "f", file: "m.py", kind: "function", parameters: [] },
};
const call = (id: number): SpoolRecord => ({ kind: "C", id, t: 10 * id, parent: 0, ref: 1, thread: 1, payload: {} });
const end = (id: number): SpoolRecord => ({ kind: "R", id, t: 10 * id + 5, payload: null });
const rotated: SpoolRecord = { kind: "Z", t: 99, payload: { why: "rotated" } };
const file = (key: string, segment: number): string => `${key}.00000${segment}.spool`;

// A pipe is opened for reading when somebody opens it for writing: two of them, looked at after the files of the
// process, stop the first look until the process has written and died.
const meanwhile = `
sleep 100 > /dev/null &
echo $!
exec 3> "$GATES-1.000001.spool"
rm "$GATES-1.000001.spool"
cat "$TEXT" > "$SPOOL/$!-1.$SEGMENT.spool"
kill -KILL $!
wait $! || true
exec 4> "$GATES-2.000001.spool"
rm "$GATES-2.000001.spool"
`;

test.for([1, 2])(
  "a process that begins its file %i, writes and dies while files are looked at loses nothing",
  async (segment) => {
    using project = makeProject();
    const run = makeRun(project, { host: hostIdentity() });
    const { spool } = runPaths(run);
    const gates = join(spool, "9999999");
    for (const gate of ["1", "2"]) execFileSync("mkfifo", [`${gates}-${gate}.000001.spool`]);
    const text = join(project.root, "text");
    const env = { ...process.env, SPOOL: spool, GATES: gates, TEXT: text, SEGMENT: `00000${segment}` };
    const helper = spawn("sh", ["-ec", meanwhile], { env, stdio: ["ignore", "pipe", "ignore"] });
    const [said] = (await once(helper.stdout, "data")) as [Buffer];
    const key = `${String(said).trim()}-1`;
    const native_start = nativeStart(Number.parseInt(key)) ?? "";

    const records = [header(key, { native_start }, segment), definition, call(1), end(1)];
    if (segment === 2) {
      writeSpool(run, file(key, 1), spoolText([header(key, { native_start }), definition, call(1), end(1), rotated]));
      records.splice(1, 3, call(2), end(2));
    }
    writeFileSync(text, spoolText(records));
    writeSpool(run, file(key, segment), Buffer.alloc(4096));
    // A file without a header would be sealed as one in which nothing was written.
    const { due, living, processes } = planSealing(run, true);
    const ofTheProcess = due.filter((each) => each.processKey === key);
    expect(ofTheProcess.map((each) => [each.name, each.first.is])).toEqual(
      [1, 2].slice(0, segment).map((n) => [file(key, n), "header"]),
    );
    expect([living, processes.map((each) => each.key)]).toEqual([[], [key]]);
    expect(await sealRun(run, { final: true })).toMatchObject({ final: true, living: [] });
    await using store = await openStore(project);
    const calls = [1, 2].slice(0, segment).map((id) => [id, "returned"]);
    expect(await rowsOf(store, "calls", ["id", "outcome"])).toEqual(calls);
    expect(await rowsOf(store, "processes", ["key", "ended", "corrupt"])).toEqual([[key, "died", 0]]);
  },
);

test("a file that is ended before the one in front of it waits for that", async () => {
  using project = makeProject();
  const { key, native_start } = livingKey();
  const run = makeRun(project, { host: hostIdentity() });
  const first = spoolText([header(key, { native_start }), definition, call(1), end(1)]);
  writeSpool(run, file(key, 1), first);
  writeSpool(run, file(key, 2), spoolText([header(key, { native_start }, 2), call(2), end(2), rotated]));
  writeSpool(run, file(key, 3), spoolText([header(key, { native_start }, 3), call(3), end(3)]));
  expect(await sealRun(run, { final: false })).toMatchObject({ did: "nothing", living: [key] });
  writeSpool(run, file(key, 1), first + spoolText([rotated]));
  expect(await sealRun(run, { final: false })).toMatchObject({ did: "sealed", living: [key] });
  expect(readdirSync(runPaths(run).spool)).toEqual([file(key, 3)]);
  await using store = await openStore(project);
  expect(await rowsOf(store, "calls", ["id", "outcome"])).toEqual([1, 2, 3].map((id) => [id, "returned"]));
  expect(await rowsOf(store, "processes", ["key", "corrupt"])).toEqual([[key, 0]]);
});
