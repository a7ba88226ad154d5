// The version of this Spoor, from package.json: one level up from the bundle, two from this source.
import { existsSync, readFileSync } from "node:fs";

export function version(): string {
  const places = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
  const place = places.find((each) => existsSync(each));
  if (place === undefined) throw new Error("package.json is missing beside the program");
  return (JSON.parse(readFileSync(place, "utf8")) as { version: string }).version;
}
