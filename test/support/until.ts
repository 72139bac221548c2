/** Waits for a state, not for a time; fails when it does not come. */
export async function until(isSo: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for: ${isSo.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
