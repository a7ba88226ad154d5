// The tests for vitest.
export default { test: { include: ["cart.vitest.ts"], maxWorkers: 1, cache: false } };
