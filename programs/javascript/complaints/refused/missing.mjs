// Imports what is not there.
import { nothing } from "./empty.mjs";
console.log(nothing());
