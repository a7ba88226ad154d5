// Instrumentations on disk: what was written comes back, what is damaged does not, and there is no end of writers.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { hashText } from "../../src/loading/text-hash.ts";
import { openTransformCache } from "../../src/loading/transform-cache.ts";
import { transform } from "../../src/loading/transform-bundle.ts";
import { splice } from "../../src/transform/splice.ts";

const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

function place(): string {
  const made = mkdtempSync(join(tmpdir(), "spoor-cache-"));
  places.push(made);
  return made;
}

const text = "function add(a, b) { return a + b }\nadd(1, 2);\n";

function made() {
  const parsed = transform(text, ["commonjs"], null);
  if (parsed === null) throw new Error("not parsed");
  return { ...parsed, sources: { names: ["/a/ü.ts"], of: [-1, 0] } };
}

function files(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: "utf8" })
    .map((name) => join(home, name))
    .filter((path) => statSync(path).isFile());
}

test("what was written comes back, for this key", () => {
  const home = place();
  const written = made();
  openTransformCache(home, "/p").write(hashText("x", text), written);
  const read = openTransformCache(home, "/p").read(hashText("x", text));
  expect(read?.form).toBe("commonjs");
  expect(read?.sources).toEqual(written.sources);
  expect(read?.instrumentation.functions).toEqual(written.instrumentation.functions);
  const bases = { functions: 100, sites: 7 };
  expect(splice(text, read?.instrumentation ?? written.instrumentation, bases)).toBe(
    splice(text, written.instrumentation, bases),
  );
  expect(openTransformCache(home, "/p").read(hashText("y", text))).toBeNull();
  const [file = ""] = files(home);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "latin1")).not.toContain("return a + b");
});

test("what is cut or overwritten is as good as not there, and what comes after it is found", () => {
  const home = place();
  const [first, second] = [hashText("", text), hashText("other", text)];
  const open = () => openTransformCache(home, "/p");
  open().write(first, made());
  const [file = ""] = files(home);
  const whole = readFileSync(file);
  for (let length = whole.length - 1; length >= 0; length -= 7) {
    truncateSync(file, length);
    expect(open().read(first)).toBeNull();
  }
  for (let at = 0; at + 512 <= whole.length; at += 128) {
    const damaged = Buffer.from(whole).fill(0, at, at + 512);
    writeFileSync(file, damaged);
    expect(open().read(first)).toBeNull();
  }
  writeFileSync(file, whole.subarray(0, -1));
  // Somebody may still be writing it…
  open().write(second, made());
  expect(open().read(second)).toBeNull();
  // …but not for so long.
  utimesSync(file, new Date(), new Date(Date.now() - 60_000));
  open().write(second, made());
  expect(open().read(second)).not.toBeNull();
  writeFileSync(file, whole);
  expect(open().read(first)).not.toBeNull();
});

test("a cache that cannot be written is as good as none", () => {
  const file = join(place(), "file");
  writeFileSync(file, "");
  for (const home of [file, null]) {
    openTransformCache(home, "/p").write("00", made());
    expect(openTransformCache(home, "/p").read("00")).toBeNull();
  }
});

test("it is bounded; what is still used stays", () => {
  const home = place();
  const used = hashText("", text);
  const open = () => openTransformCache(home, "/p", 20_000);
  open().write(used, made());
  const parsed = made();
  for (let index = 0; index < 400; index++) {
    const cache = open();
    cache.write(hashText("", String(index)), parsed);
    expect(cache.read(used)).not.toBeNull();
  }
  expect(files(home).length).toBe(2);
  expect(files(home).reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(45_000);
});

test("what one process writes another finds, also if both began with nothing", () => {
  const home = place();
  const [one, other] = [openTransformCache(home, "/p"), openTransformCache(home, "/p")];
  one.write(hashText("1", text), made());
  other.write(hashText("2", text), made());
  one.write(hashText("3", text), made());
  for (const about of ["1", "2", "3"])
    expect(openTransformCache(home, "/p").read(hashText(about, text))).not.toBeNull();
  expect(openTransformCache(home, "/q").read(hashText("1", text))).toBeNull();
});

test("texts that differ in one place have different keys", () => {
  const keys = new Set<string>();
  const long = "x".repeat(5000);
  for (let at = 0; at < long.length; at += 7) keys.add(hashText("", `${long.slice(0, at)}y${long.slice(at + 1)}`));
  expect(keys.size).toBe(Math.ceil(long.length / 7));
  expect(hashText("a", "b")).not.toBe(hashText("ab", ""));
});
