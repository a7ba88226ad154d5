// Which part of the repository may import which. Packages are cut by where code runs, and imports point one way;
// inside the host: doors -> operations -> {queries, recording, live, store, views}.
import { posix } from "node:path";
import type { File } from "./files.ts";

/**
 * The layers of host/src that each layer may import, besides itself. main.ts is where they meet, and may import all.
 */
const layers: Record<string, readonly string[]> = {
  problem: [],
  project: ["problem"],
  store: ["project", "problem"],
  recording: ["store", "project", "problem"],
  live: ["store", "project", "problem"],
  answers: [],
  queries: ["answers", "store", "project", "problem"],
  views: ["problem"],
  operations: ["answers", "queries", "recording", "live", "store", "views", "project", "problem"],
  doors: ["operations", "views", "project", "problem"],
  daemon: ["doors", "operations", "live", "store", "project", "problem"],
};

/**
 * Layers from which types alone may be taken (`import type`): rows and styles come to views from above and from the
 * side.
 */
const typeLayers: Record<string, readonly string[]> = {
  project: ["store"],
  views: ["answers", "store", "operations", "live"],
  doors: ["live"],
};

/** The same for the parts of the Node agent; index.ts, where they meet for programs that ask, may import all. */
const agentLayers: Record<string, readonly string[]> = {
  hooks: [],
  transform: ["hooks"],
  runtime: ["hooks"],
  loading: ["hooks", "transform", "runtime"],
  index: ["hooks", "transform", "runtime", "loading"],
};

/** What views, being pure functions from rows to trees and text, must not reach for. */
const impure = /^(node:)?(fs|child_process|net|http|https|worker_threads|process|os)(\/|$)|duckdb/;

export interface Import {
  specifier: string;
  /** `import type`: gone before the program runs. */
  typeOnly: boolean;
}

/** Says what is wrong with each import that points the wrong way. */
export function wrongImports(sources: readonly File[]): string[] {
  return sources.flatMap(({ path, text }) =>
    importsOf(text).flatMap((imported) => {
      const why = wrong(path, imported);
      return why ? [`${path} imports ${imported.specifier}: ${why}`] : [];
    }),
  );
}

/** The imports of a TypeScript source, dynamic ones and re-exports included. */
export function importsOf(text: string): Import[] {
  const statement =
    /^\s*(?:import|export)\b( type\b)?(?:[^'"`;]*?\bfrom)?\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return [...text.matchAll(statement)].map(([, type, named, dynamic]) => ({
    specifier: named ?? dynamic ?? "",
    typeOnly: type !== undefined,
  }));
}

function wrong(path: string, { specifier, typeOnly }: Import): string | undefined {
  const isTest = path.endsWith(".test.ts");
  const target = specifier.startsWith(".")
    ? posix.join(posix.dirname(path), specifier)
    : specifier.replace(/^@spoor\/protocol\//, "protocol/src/").replace(/^spoor\//, "host/src/");

  if (path.startsWith("protocol/")) {
    if (isTest && (specifier === "vitest" || specifier === "fast-check" || specifier.startsWith("node:"))) return;
    return target.startsWith("protocol/") ? undefined : "protocol imports nothing but itself";
  }
  if (path.startsWith("host/src/") && /^(agents|web|tests|scripts|bench)\//.test(target) && !isTest) {
    return "the host imports no agent, page, test or script";
  }
  const agentLayer = agentLayerOf(path);
  if (agentLayer) {
    if (target.startsWith("host/")) return "an agent knows the host by spec/ only";
    const wanted = agentLayerOf(target);
    if (!wanted || wanted === agentLayer) return;
    return agentLayers[agentLayer]?.includes(wanted) ? undefined : `${agentLayer} may not import ${wanted}`;
  }
  const from = layerOf(path);
  if (!from || from === "main") return;
  if (from === "views" && impure.test(specifier) && !isTest) return "views are pure";
  const to = layerOf(target);
  if (!to || to === from) return;
  if (to === "main") return "nothing imports main.ts";
  const allowed = layers[from];
  if (!allowed) return `${from} has no place in tests/repository/imports.ts`;
  if (typeOnly && typeLayers[from]?.includes(to)) return;
  return allowed.includes(to) ? undefined : `${from} may import ${allowed.join(", ") || "nothing"}`;
}

/** `host/src/views/tree.ts` is in `views`; `host/src/problem.ts` is a layer of its own. */
function layerOf(path: string): string | undefined {
  return /^host\/src\/([^/.]+)/.exec(path)?.[1];
}

/** `agents/node/src/runtime/sink.ts` is in `runtime`. */
function agentLayerOf(path: string): string | undefined {
  return /^agents\/node\/src\/([^/.]+)/.exec(path)?.[1];
}
