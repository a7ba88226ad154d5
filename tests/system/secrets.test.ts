// Secrets never leave the process: the whole corpus is put wherever a program can put text, and then everything that
// was written, and everything that is answered, is searched for it. What only looks like a secret stays visible.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/root.ts";
import { engines } from "./interpreters.ts";
import { sandbox } from "./sandbox.ts";

interface Corpus {
  readonly texts: readonly { id: string; before?: string; secret: string[]; after?: string }[];
  readonly names: readonly { id: string; name: string }[];
}

interface Innocents {
  readonly texts: readonly { id: string; text: string }[];
  readonly names: readonly { id: string; name: string }[];
}

const vectors = join(root, "spec/vectors/redaction");
const corpus = JSON.parse(readFileSync(join(vectors, "secrets.json"), "utf8")) as Corpus;
const innocents = JSON.parse(readFileSync(join(vectors, "innocents.json"), "utf8")) as Innocents;
const tables = [
  "processes",
  "threads",
  "functions",
  "calls",
  "suspensions",
  "exceptions",
  "frames",
  "gaps",
  "counted",
  "drops",
  "runs",
];

/** Any ten characters of a secret in a row betray it; of a shorter one, all of them; unless an innocent has them, too. */
const windows = new Map<string, string>();
// Parquet packs the numbers from 0 on, and so has all of ASCII in a row.
const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
const harmless = [ascii, ...innocents.texts.map(({ text }) => text)].join("\n");
for (const { id, secret } of corpus.texts) {
  const whole = secret.join("");
  const size = Math.min(10, whole.length);
  for (let at = 0; at + size <= whole.length; at++) {
    const part = whole.slice(at, at + size);
    if (!/[\n\t"\\]/.test(part) && !harmless.includes(part)) windows.set(part, id);
  }
}
windows.set("tulipmania", "a value under a secret name");

/** The first place of each secret in a text. */
function found(where: string, text: string): string[] {
  const places = new Map<string, string>();
  for (const [part, id] of windows) {
    if (!places.has(id) && text.includes(part)) places.set(id, `${where}: ${id}: ${context(text, part)}`);
  }
  return [...places.values()];
}

function context(text: string, part: string): string {
  const at = text.indexOf(part);
  return JSON.stringify(text.slice(Math.max(0, at - 60), at + part.length + 20));
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

test.each(engines)("no secret is written or answered: Python $version", async ({ executable }) => {
  await using here = sandbox({}, ["secrets.py"]);
  const before = join(here.directory, "../before-sealing");
  const onCommandLine = corpus.texts.map(({ before = "", secret, after = "" }) => before + secret.join("") + after);
  const command = [
    executable,
    "secrets.py",
    join(vectors, "secrets.json"),
    join(vectors, "innocents.json"),
    before,
    "--password",
    "tulipmania",
    "--api-key=tulipmania",
    "DB_PASSWORD=tulipmania",
    ...onCommandLine,
  ];
  const { code, stderr, said } = await here.startRecorded(command, { env: { SERVICE_TOKEN: "tulipmania" } }).ended;
  expect([code, stderr.includes("at the end: ")]).toEqual([1, true]);

  const spools = filesBelow(before);
  expect(spools.filter((path) => path.endsWith(".spool")).length).toBeGreaterThanOrEqual(2);
  const written = [
    ...spools,
    ...filesBelow(join(here.directory, ".spoor")),
    ...filesBelow(join(here.directory, "../state")),
  ];
  expect(written.flatMap((path) => found(path, readFileSync(path, "latin1")))).toEqual([]);

  const answers: string[][] = [
    ...["report", "flow", "gaps", "exceptions", "slow", "runs", "config show"].map((words) => words.split(" ")),
    ...["take", "take_many", "take_key", "fail", "Holder.show", "last"].map((name) => [
      "calls",
      name,
      "--limit",
      "1000",
    ]),
    ["call", "c2"],
  ];
  const said_ = await Promise.all(answers.slice(0, 3).map((words) => here.spoor([...words, "--json"])));
  expect(said_.map((each) => each.code)).toEqual([0, 0, 0]);
  for (const words of answers) {
    const { stdout, stderr } = await here.spoor(words);
    expect(found(words.join(" "), stdout + stderr)).toEqual([]);
  }
  expect(said_.flatMap(({ stdout }) => found("--json", stdout))).toEqual([]);
  expect(found("said", said)).toEqual([]);
  for (const table of tables) {
    const rows = await here.rows(`select * from ${table}`);
    expect([table, rows.length > 0]).toEqual([table, table !== "counted"]);
    expect(
      found(
        table,
        JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
      ),
    ).toEqual([]);
  }

  const seen = await here.rows<{ text: string; named: string | null }>(
    "select args->>'text' as text, args->>'named' as named from calls where function = 'innocent' order by id",
  );
  expect(seen.slice(0, innocents.texts.length).map(({ text }) => text)).toEqual(
    innocents.texts.map(({ text }) => text),
  );
  const names = seen.slice(innocents.texts.length).map(({ named }) => named);
  expect(names).toEqual(innocents.names.map(({ name }) => JSON.stringify({ [name]: "visible" })));
  // What withheld a secret says so, or the search would also be satisfied with nothing.
  const marked = await here.rows("select id from exceptions where concat(message, args) like '%redacted%'");
  expect(marked.length).toBeGreaterThanOrEqual(corpus.texts.length);
});
