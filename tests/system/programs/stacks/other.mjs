// A module that fails while it is loaded.
const pre = 1; export const v = pre; function inner() { const k = pre; throw new Error('module ' + k) } if (v) { inner() }
