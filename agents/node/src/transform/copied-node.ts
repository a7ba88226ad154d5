// What the build puts in the place of `structuredClone` in the parser, which copies names and texts with it: hundreds of times as fast
// where nothing is nested, and no function that the program may have replaced.

/** A node without nodes in it. */
export function copiedNode<T extends object>(node: T): T {
  return { ...node };
}
