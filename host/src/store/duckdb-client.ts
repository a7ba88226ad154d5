// DuckDB's client, in a module of its own: it is loaded on first use, and bundlers give a dynamically imported
// CommonJS package no names.
export { DuckDBInstance } from "@duckdb/node-api";
