// Code of ours in a stranger's process brings nobody else's code with it: the agents and the protocol depend on
// nothing.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compareVersions, pythons } from "../../scripts/python-interpreters.ts";
import { root } from "../../scripts/root.ts";
import type { File } from "./files.ts";
import { files } from "./files.ts";

test("the protocol and the agents' packages have no dependencies", () => {
  const manifests = files(/^(protocol|agents\/\w+)\/(package\.json|pyproject\.toml)$/);
  expect(manifests.flatMap(dependencies)).toEqual([]);
  expect(dependencies(file("agents/node/package.json", `{"dependencies":{"ws":"^8"}}`))).toHaveLength(1);
  expect(dependencies(file("agents/python/pyproject.toml", `dependencies = ["attrs"]\n`))).toHaveLength(1);
  expect(dependencies(file("agents/python/pyproject.toml", `dependencies = []\n`))).toEqual([]);
});

// Only 3.10 and newer can list their standard library.
const python = pythons().findLast(({ minor }) => compareVersions(minor, "3.10") >= 0);

// Skipped where no Python is new enough: it is Python itself that knows its standard library.
test.skipIf(!python)("the Python agent imports the standard library and itself", () => {
  expect(foreignImports(files(/^agents\/python\/src\/.*\.py$/))).toEqual([]);
  const sample = `import os, attrs\nfrom requests.sessions import Session\nfrom . import core\nimport spoor.core\n`;
  expect(foreignImports([file("a.py", sample)])).toEqual(["a.py imports attrs", "a.py imports requests"]);
});

function dependencies({ path, text }: File): string[] {
  if (path.endsWith(".toml")) {
    const list = /^dependencies\s*=\s*\[([^\]]*)\]/m.exec(text)?.[1] ?? "";
    return list.trim() === "" ? [] : [`${path} depends on ${list.trim()}`];
  }
  const manifest = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
  return ["dependencies", "optionalDependencies", "peerDependencies"].flatMap((kind) =>
    Object.keys(manifest[kind] ?? {}).map((name) => `${path} depends on ${name}`),
  );
}

const script = `
import ast, json, sys
# The bootstrap's sitecustomize chains to the one that it hides.
own = {"spoor", "_spoor", "sitecustomize", "usercustomize"}
# Modules that a newer Python has dropped are still the standard library of an older one.
dropped = {"imp", "asyncore", "asynchat", "distutils"}
for file in json.load(sys.stdin):
    for node in ast.walk(ast.parse(file["text"], file["path"])):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        for name in names:
            top = name.split(".")[0]
            if top not in sys.stdlib_module_names | own | dropped:
                print(file["path"], "imports", top)
`;

function foreignImports(sources: readonly File[]): string[] {
  if (!python) return [];
  const said = execFileSync(python.executable, ["-I", "-c", script], {
    input: JSON.stringify(sources),
    encoding: "utf8",
    cwd: join(root, "tests"),
  });
  return said.split("\n").filter((line) => line !== "");
}

function file(path: string, text: string): File {
  return { path, text };
}
