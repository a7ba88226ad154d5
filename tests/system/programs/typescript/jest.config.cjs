// The tests for jest, compiled by ts-jest.
module.exports = {
  testMatch: ["**/cart.jest.ts"],
  transform: { "\\.ts$": ["ts-jest", { tsconfig: { isolatedModules: true, module: "commonjs", target: "es2022" }, diagnostics: false }] },
  cache: false,
};
