// How Node is found in a command line, and what it is told to run.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findNode } from "../../src/recording/node-command.ts";
import { place } from "../spoor.ts";

const find = (line: string) => findNode(line.split(" "), { cwd: "/", path: "" });

test.each(["node app.js", "/usr/bin/node --inspect app.js -e", "nodejs app.js --permission"])(
  "%s runs a file",
  (line) => {
    expect(find(line)).toMatchObject({ isText: false, restricted: null });
  },
);

test.each(["node", "node -", "node -e 1", "node --no-warnings -pe 1", "node --eval=1"])("%s runs text", (line) => {
  expect(find(line)?.isText).toBe(true);
});

test("the permission model", () => {
  expect(find("node --permission app.js")?.restricted).toBe("--permission");
  expect(find("node --experimental-permission --x app.js")?.restricted).toBe("--experimental-permission");
});

test("by the first line of a script, and not in other programs", () => {
  using here = place();
  for (const first of ["/usr/bin/env node", "/usr/bin/env -S node --no-warnings", "/usr/bin/node"]) {
    here.write("tool", `#!${first}\n`);
    chmodSync(join(here.directory, "tool"), 0o755);
    expect(findNode(["tool"], { cwd: "/", path: here.directory })).toMatchObject({ isText: false });
  }
  expect(["python3 app.py", "nodemon app.js", "deno run a.ts", "sh -c node"].map(find)).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
