// Jobs that fail and are tried again, so many at once.
import { describe, expect, test } from "vitest";
import { Queue } from "../src/queue.ts";

const job = (name: string, priority: number, failures = 0) => ({
  name,
  priority,
  async run(attempt: number): Promise<number> {
    await Promise.resolve();
    if (attempt <= failures) throw new Error(`${name} failed`);
    return priority * 2;
  },
});

describe("queue", () => {
  test.each([1, 2, 5, 10])("drains with %i at once", async (limit) => {
    const queue = new Queue<number>(limit);
    queue.push(...Array.from({ length: 50 }, (_, i) => job(`job ${i}`, i, i % 4)));
    const done = await queue.drain();
    expect(done.length + queue.failed.length).toBe(50);
    expect(queue.failed.length).toBe(12);
  });
});
