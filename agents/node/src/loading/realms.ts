// The hooks as a global of every realm: the main one and each context of `node:vm` (jest and vitest run tests in such). The
// property is not enumerable, so that nothing that lists globals finds it.
import vm from "node:vm";

export interface Realms {
  /** Makes the hooks known by this name, wherever they are not yet. */
  name(name: string): void;
  /** A new realm, by its global (contextified) object. */
  add(context: object): void;
}

type Define = (name: string, hooks: object) => void;

const definer = `((name, hooks) => {
  if (!Object.prototype.hasOwnProperty.call(globalThis, name))
    Object.defineProperty(globalThis, name, { value: hooks, configurable: true, writable: true, enumerable: false });
})`;

/** `install` is given the `Function.prototype` of each realm but the main one. */
export function makeRealms(hooks: object, install: (prototype: Function) => void): Realms {
  const names = new Set<string>();
  const contexts: WeakRef<object>[] = [];
  const defineIn = (context: object, name: string): void => {
    (vm.runInContext(definer, context) as Define)(name, hooks);
  };
  return {
    name(name) {
      if (names.has(name)) return;
      names.add(name);
      Object.defineProperty(globalThis, name, { value: hooks, configurable: true, writable: true, enumerable: false });
      for (const reference of contexts) {
        const context = reference.deref();
        if (context) defineIn(context, name);
      }
    },
    add(context) {
      contexts.push(new WeakRef(context));
      for (const name of names) defineIn(context, name);
      install(vm.runInContext("Function.prototype", context) as Function);
    },
  };
}
