const ready = await Promise.resolve(3);

export async function dynamic() {
  return ready;
}
