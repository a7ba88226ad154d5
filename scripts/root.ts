// Where the repository is, for every script and test that reads or writes its files.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository's root, without a trailing slash. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
