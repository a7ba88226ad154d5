// Rules about what stands in a file: its length, its first words, and what no committed file may name.
import type { File } from "./files.ts";

const longestLines = 500;

/** Files too long to be read in one sitting. */
export function tooLong(sources: readonly File[]): string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    return lines > longestLines ? [`${path} has ${lines} lines, more than ${longestLines}`] : [];
  });
}

/** Sources that do not open by saying what their job is. */
export function withoutOpening(sources: readonly File[]): string[] {
  return sources
    .filter(({ path, text }) => {
      if (text.trim() === "") return false; // An empty __init__.py has no job.
      const start = text.replace(/^#!.*\n/, "").trimStart();
      return path.endsWith(".py") ? !/^(#|[rR]?"""|[rR]?''')/.test(start) : !/^(\/\/|\/\*)/.test(start);
    })
    .map(({ path }) => `${path} does not open with a comment or docstring on its job`);
}

// Put together here, so that this file does not break its own rule.
const dot = "\\.";
const registryHosts = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["pypi", "org"],
  ["pythonhosted", "org"],
  ["static", "crates", "io"],
].map((labels) => labels.join(dot));
const machinePaths = ["work", "root"].map((name) => `(?<![\\w.~*/-])/${name}/`);

/** Lines that name a package registry's host: which registry is used is the machine's business. */
export function namesRegistry(sources: readonly File[]): string[] {
  return linesWith(sources, new RegExp(registryHosts.join("|"), "i"), "names a package registry");
}

/** Lines that name a path of somebody's own machine. */
export function namesMachinePath(sources: readonly File[]): string[] {
  return linesWith(sources, new RegExp(machinePaths.join("|")), "names a path of one machine");
}

function linesWith(sources: readonly File[], pattern: RegExp, says: string): string[] {
  return sources.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1} ${says}: ${line.trim().slice(0, 100)}`] : [])),
  );
}
