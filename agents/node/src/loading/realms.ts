// The hooks as a global of every realm: the main one and each context of `node:vm` (jest and vitest run tests in such). The
// property is not enumerable, so that nothing that lists globals finds it.
import vm from "node:vm";

export interface Realms {
  /** From now on these are the hooks, under all names. */
  use(hooks: object): void;
  /** Makes the hooks known by this name, wherever they are not yet. */
  name(name: string): void;
  /** A new realm, by its global (contextified) object. */
  add(context: object): void;
}

type Define = (name: string, hooks: object) => void;

const definer = `((name, hooks) => {
  Object.defineProperty(globalThis, name, { value: hooks, configurable: true, writable: true, enumerable: false });
})`;

/** `install` is given what the realm has, for each but the main one. */
export function makeRealms(install: (prototype: Function, error: ErrorConstructor) => void): Realms {
  let hooks: object = {};
  const names = new Set<string>();
  const contexts: WeakRef<object>[] = [];
  const defineIn = (context: object, name: string): void => {
    (vm.runInContext(definer, context) as Define)(name, hooks);
  };
  const define = (name: string): void => {
    Object.defineProperty(globalThis, name, { value: hooks, configurable: true, writable: true, enumerable: false });
    for (const reference of contexts) {
      const context = reference.deref();
      if (context) defineIn(context, name);
    }
  };
  return {
    use(given) {
      hooks = given;
      for (const name of names) define(name);
    },
    name(name) {
      if (names.has(name)) return;
      names.add(name);
      define(name);
    },
    add(context) {
      contexts.push(new WeakRef(context));
      for (const name of names) defineIn(context, name);
      const [prototype, error] = vm.runInContext("[Function.prototype, Error]", context) as [
        Function,
        ErrorConstructor,
      ];
      install(prototype, error);
    },
  };
}
