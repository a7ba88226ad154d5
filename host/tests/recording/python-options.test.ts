// The grammar of Python's own command line, one case a line.
import { describe, expect, test } from "vitest";
import { parsePythonOptions } from "../../src/recording/python-options.ts";

/** `flags | rest | form | isolating`, so that a case is one line. */
function picture(line: string): string {
  const { flags, rest, form, isolating } = parsePythonOptions(line === "" ? [] : line.split(" "));
  return [flags.join(" "), rest.join(" "), form, isolating.join("")].join(" | ");
}

describe("the command line of python", () => {
  test.each([
    ["app.py -I", " | app.py -I | script | "],
    ["-I app.py -c x", "-I | app.py -c x | script | I"],
    ["-IS app.py", "-IS | app.py | script | IS"],
    ["-sE app.py", "-sE | app.py | script | E"],
    ["-s -E -m mod a b", "-s -E | -m mod a b | module | E"],
    ["-mmod -E", " | -m mod -E | module | "],
    ["-c pass -I", " | -c pass -I | code | "],
    ["-Icpass x", "-I | -c pass x | code | I"],
    ["-bIc pass x", "-bI | -c pass x | code | I"],
    ["-Im http.server", "-I | -m http.server | module | I"],
    ["-W error app.py", "-W error | app.py | script | "],
    ["-Werror app.py", "-Werror | app.py | script | "],
    ["-W -I app.py", "-W -I | app.py | script | "],
    ["-IW ignore app.py", "-I -W ignore | app.py | script | I"],
    ["-X dev -S app.py", "-X dev -S | app.py | script | S"],
    ["-Xdev app.py", "-Xdev | app.py | script | "],
    ["--check-hash-based-pycs always -I app.py", "--check-hash-based-pycs always -I | app.py | script | I"],
    ["-u -O -- app.py -I", "-u -O | app.py -I | script | "],
    ["-I -", "-I | - | stdin | I"],
    ["-I", "-I |  | interactive | I"],
    ["", " |  | interactive | "],
    ["--", " |  | interactive | "],
    ["-V", "-V |  | information | "],
    ["--version", "--version |  | information | "],
    ["-h -I app.py", "-h -I | app.py | information | I"],
    ["-P -q -B -v app.py", "-P -q -B -v | app.py | script | "],
  ])("python %s", (line, expected) => {
    expect(picture(line)).toBe(expected);
  });

  test("an argument of -c may be empty and hold anything", () => {
    expect(parsePythonOptions(["-c", "", "-I"]).rest).toEqual(["-c", "", "-I"]);
  });
});
