// Work that waits: jobs with priorities, retries and a limit of how many run at once.
export interface Job<T> {
  readonly name: string;
  readonly priority: number;
  run(attempt: number): Promise<T>;
}

export interface Done<T> {
  readonly name: string;
  readonly attempts: number;
  readonly value: T;
}

export class Queue<T> {
  readonly #limit: number;
  readonly #waiting: Job<T>[] = [];
  readonly done: Done<T>[] = [];
  readonly failed: string[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(...jobs: Job<T>[]): number {
    this.#waiting.push(...jobs);
    this.#waiting.sort((a, b) => b.priority - a.priority);
    return this.#waiting.length;
  }

  async drain(): Promise<Done<T>[]> {
    await Promise.all(Array.from({ length: this.#limit }, () => this.#work()));
    return this.done;
  }

  async #work(): Promise<void> {
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) await this.#attempt(job, 3);
  }

  async #attempt(job: Job<T>, most: number): Promise<void> {
    for (let attempt = 1; attempt <= most; attempt++) {
      try {
        this.done.push({ name: job.name, attempts: attempt, value: await job.run(attempt) });
        return;
      } catch {
        // Tried again.
      }
    }
    this.failed.push(job.name);
  }
}
