// Whether an array holds accessors, asked of V8 itself: it costs 4 ns where asking JavaScript's own functions, element by
// element, costs 17 ns each (docs/decisions/0006-asking-v8.md). Where V8 cannot be asked, every answer is no, and the caller
// looks for itself.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type V8 from "node:v8";
import vm from "node:vm";
import { uncurried } from "./captured.ts";

// oxlint-disable-next-line typescript/unbound-method -- bound to its `this` by `uncurried`
const { Script } = vm;
const runScript = uncurried(Script.prototype.runInThisContext as (this: object) => unknown);

/** No question runs code of the program's. None is asked of a proxy. */
export interface Layout {
  /** Every element is data; some may be missing. */
  hasDataElements(array: object): boolean;
  /** Of an array with data elements: some may be missing. */
  hasHoles(array: object): boolean;
  /** Outside of every call: makes what V8 threw away anew. */
  renew(): void;
}

type Asked = Omit<Layout, "renew">;

const no = (): boolean => false;
const silent: Asked = { hasDataElements: no, hasHoles: no };

/** V8 looks up compiled scripts by their text: each has one of its own, as long as the others. */
const textOf = (turn: number): string => `/*${turn + 100_000_000}*/(() => {
  const asked = {
    hasDataElements: (array) => %HasFastElements(array),
    hasHoles: (array) => %HasHoleyElements(array),
  };
  asked.hasDataElements([]); asked.hasHoles([]);
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
  function lose(): false {
    isLost = true;
    asked = silent;
    return false;
  }

  renew();
  try {
    if (asked !== silent && !isRight(asked)) asked = silent;
    if (asked === silent && canSetFlags) compile();
  } catch {
    asked = silent;
  }

  return {
    hasDataElements(array) {
      try {
        return asked.hasDataElements(array);
      } catch {
        return lose();
      }
    },
    hasHoles(array) {
      try {
        return asked.hasHoles(array);
      } catch {
        lose();
        return true;
      }
    },
    renew: () => {
      if (isLost) renew();
    },
  };
}

/** Whether V8 answers what is known already. */
function isRight(asked: Asked): boolean {
  const accessor = Object.defineProperty([1, 2], 1, { get: no });
  const sparse: number[] = [];
  sparse[100_000] = 1;
  const holey: number[] = [];
  holey[2] = 1;
  return (
    asked.hasDataElements([1, "a", 0.5]) &&
    asked.hasDataElements(holey) &&
    !asked.hasDataElements(accessor) &&
    !asked.hasDataElements(sparse) &&
    asked.hasHoles(holey) &&
    !asked.hasHoles([1, 2])
  );
}

interface Kept {
  read(): Buffer | null;
  write(compiled: Buffer): void;
}

/** V8 tells by itself whether it was another V8 that compiled it; it does not tell damage. */
function keptIn(cache: string): Kept {
  const folder = join(cache, "node");
  const file = join(folder, `layout-${process.versions.v8}-${process.arch}`);
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
