// Whether an array holds accessors, asked of V8 itself: it costs 4 ns where asking JavaScript's own functions, element by
// element, costs 17 ns each (docs/decisions/0006-asking-v8.md). Where V8 cannot be asked, nothing is known, and the caller
// looks for itself.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type V8 from "node:v8";
import vm from "node:vm";
import { uncurried } from "./captured.ts";

// oxlint-disable-next-line typescript/unbound-method -- bound to its `this` by `uncurried`
const { Script } = vm;
const runScript = uncurried(Script.prototype.runInThisContext as (this: object) => unknown);

/** What is known of the elements of an array: nothing; that all are data; that all are that are not missing. */
export const UNKNOWN = 0;
export const WHOLE = 1;
export const HOLEY = 2;

/** The question runs no code of the program's. It is not asked of a proxy. */
export interface Layout {
  elements(array: object): number;
  /** Outside of every call: makes what V8 threw away anew. */
  renew(): void;
}

type Asked = Omit<Layout, "renew">;

const silent: Asked = { elements: () => UNKNOWN };

/** V8 looks up compiled scripts by their text: each has one of its own, as long as the others. */
const textOf = (turn: number): string => `/*${turn + 100_000_000}*/(() => {
  const asked = { elements: (array) => %HasFastElements(array) ? (%HasHoleyElements(array) ? 2 : 1) : 0 };
  asked.elements([]);
  return asked;
})()`;
const filename = "spoor:layout";

/** `cache` is the user's cache of Spoor. `canSetFlags`: this is no worker thread, whose flags are those of all threads. */
export function openLayout(cache: string | null, canSetFlags: boolean): Layout {
  let asked = silent;
  let turn = 0;
  let isLost = false;
  const kept = cache === null ? null : keptIn(cache);
  let compiled = kept?.read() ?? null;

  /** Silent where V8 is another one, or has other flags, than that which compiled it. */
  function renew(): void {
    isLost = false;
    asked = silent;
    if (compiled === null) return;
    try {
      const script = new Script(textOf(++turn), { filename, cachedData: compiled });
      if (script.cachedDataRejected !== true) asked = runScript(script) as Asked;
    } catch {
      // It stays silent.
    }
  }

  function compile(): void {
    const holder = process as unknown as { getBuiltinModule?: (name: string) => typeof V8 };
    const flags = holder.getBuiltinModule?.("node:v8");
    if (flags === undefined) return;
    flags.setFlagsFromString("--allow-natives-syntax");
    let script: vm.Script;
    try {
      script = new Script(textOf(++turn), { filename });
      asked = runScript(script) as Asked;
    } finally {
      flags.setFlagsFromString("--no-allow-natives-syntax");
    }
    // After the flag is off: what is compiled is for a V8 with the flags of this process.
    compiled = script.createCachedData();
    if (isRight(asked)) kept?.write(compiled);
    else asked = silent;
  }

  /** V8 throws compiled code away that was not needed for a while, and cannot compile this text again. */
  function lose(): number {
    isLost = true;
    asked = silent;
    return UNKNOWN;
  }

  renew();
  try {
    if (asked !== silent && !isRight(asked)) asked = silent;
    if (asked === silent && canSetFlags) compile();
  } catch {
    asked = silent;
  }

  return {
    elements(array) {
      try {
        return asked.elements(array);
      } catch {
        return lose();
      }
    },
    renew: () => {
      if (isLost) renew();
    },
  };
}

/** Whether V8 answers what is known already. */
function isRight(asked: Asked): boolean {
  const accessor = Object.defineProperty([1, 2], 1, { get: () => 1 });
  const sparse: number[] = [];
  sparse[100_000] = 1;
  const holey: number[] = [];
  holey[2] = 1;
  return (
    asked.elements([1, "a", 0.5]) === WHOLE &&
    asked.elements(holey) === HOLEY &&
    asked.elements(accessor) === UNKNOWN &&
    asked.elements(sparse) === UNKNOWN
  );
}

interface Kept {
  read(): Buffer | null;
  write(compiled: Buffer): void;
}

/** V8 tells by itself whether it was another V8 that compiled it; it does not tell damage. */
function keptIn(cache: string): Kept {
  const folder = join(cache, "node");
  const file = join(folder, `elements-${process.versions.v8}-${process.arch}`);
  return {
    read() {
      try {
        const bytes = readFileSync(file);
        const compiled = bytes.subarray(0, -4);
        return bytes.length > 4 && bytes.readUInt32LE(compiled.length) === sumOf(compiled) ? compiled : null;
      } catch {
        return null;
      }
    },
    write(compiled) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const own = `${file}.${process.pid}`;
        const sum = Buffer.alloc(4);
        sum.writeUInt32LE(sumOf(compiled));
        writeFileSync(own, Buffer.concat([compiled, sum]), { mode: 0o600, flag: "wx" });
        renameSync(own, file);
      } catch {
        // A full disk, a cache of somebody else's.
      }
    },
  };
}

function sumOf(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum >>> 0;
}
