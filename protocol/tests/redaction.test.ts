// The corpora of spec/vectors/redaction, as the Python agent reads them, and what only the host does.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { redactArgv, redactName, redactorOf, redactText } from "../src/redaction.ts";

interface SecretText {
  id: string;
  before: string;
  secret: string[];
  after: string;
  rule: string;
  expect?: string;
}

const spec = new URL("../../spec/", import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, spec), "utf8"));
const secrets = read("vectors/redaction/secrets.json") as {
  texts: SecretText[];
  names: { id: string; name: string; why: string }[];
};
const innocents = read("vectors/redaction/innocents.json") as {
  texts: { id: string; text: string }[];
  names: { id: string; name: string }[];
};

describe("secrets", () => {
  it.each(secrets.texts.map((secret) => [secret.id, secret] as const))("text %s", (_id, secret) => {
    const text = secret.before + secret.secret.join("") + secret.after;
    const expected = secret.expect ?? `${secret.before}[redacted:${secret.rule}]${secret.after}`;
    expect(redactText(text)).toBe(expected);
    expect(redactText(expected)).toBe(expected);
  });
  it.each(secrets.names.map((secret) => [secret.name, secret.why] as const))("name %s", (name, why) => {
    expect(redactName(name)?.why).toBe(why);
  });
});

describe("innocents", () => {
  it.each(innocents.texts.map((innocent) => [innocent.id, innocent.text] as const))("text %s", (_id, text) => {
    expect(redactText(text)).toBe(text);
  });
  it.each(innocents.names.map((innocent) => [innocent.name]))("name %s", (name) => {
    expect(redactName(name)).toBeUndefined();
  });
});

describe("command lines", () => {
  it.each([
    ["app --password hunter2 -v", "app --password [redacted:name:password] -v"],
    ["app --password=hunter2", "app --password=[redacted:name:password]"],
    ["app --api-key hunter2", "app --api-key [redacted:name:api_key]"],
    ["env API_KEY=hunter2 app", "env API_KEY=[redacted:name:api_key] app"],
    ["curl -u tom:hunter2 http://x", "curl -u tom:[redacted:credentials] http://x"],
    ["curl -u tom http://x", "curl -u tom http://x"],
    ["psql postgres://tom:hunter2@db/app", "psql postgres://[redacted:url-credentials]@db/app"],
    ["app --token -v", "app --token -v"],
    ["app --max-tokens 10 --author tom", "app --max-tokens 10 --author tom"],
    ["python -m pytest -p no:cacheprovider tests", "python -m pytest -p no:cacheprovider tests"],
  ])("%s", (line, shown) => {
    expect(redactArgv(line.split(" ")).join(" ")).toBe(shown);
  });
  it("looks into words with spaces", () => {
    expect(redactArgv(["curl", "-H", "Authorization: Bearer hunter2"])).toEqual([
      "curl",
      "-H",
      "Authorization: [redacted:name:authorization]",
    ]);
    expect(redactArgv(["sh", "-c", "login --token hunter22 && run"])[2]).toBe(
      "login --token [redacted:name:token] && run",
    );
  });
});

test("environments", () => {
  const shown = redactorOf().environment({
    PWD: "/home",
    DB_PASSWORD: "hunter2",
    TOKEN: "",
    URL: "redis://:hunter2@x",
    N: undefined,
  });
  expect(shown).toEqual({
    PWD: "/home",
    DB_PASSWORD: "[redacted:name:password]",
    TOKEN: "",
    URL: "redis://[redacted:url-credentials]@x",
  });
});

test("a user adds names and patterns, and allows a name", () => {
  const redactor = redactorOf({ names: ["badge", "*_code"], patterns: ["EMP-[0-9]{4}"], allow: ["api_key"] });
  expect(redactor.name("badge")?.why).toBe("name:badge");
  expect(redactor.name("door_code")?.why).toBe("name:_code");
  expect(redactor.name("api_key")).toBeUndefined();
  expect(redactor.text("I am EMP-1234.")).toBe("I am [redacted:pattern].");
});
