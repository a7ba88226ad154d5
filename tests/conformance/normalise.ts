// Takes out of a text what differs between two runs of one program: addresses, process ids in names, temporary places.

export function normalise(text: string, directory: string): string {
  return text
    .replaceAll(directory, "<here>")
    .replace(/0x[0-9a-f]{6,}/g, "0x…")
    .replace(/\[thread thread-\d+\]/g, "[thread thread-…]");
}
