// Imported while the program runs; waits before it is ready.
const ready = await Promise.resolve(3);

export async function dynamic() {
  return ready;
}
