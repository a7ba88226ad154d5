// The run's size limit, which its processes share by a number in a small file (spec/spool.md, "Size limit"). Node has no
// file locks: two processes that count at the same moment may count wrong by a step.
import { files, floor, newBytes } from "./captured.ts";

const STEP = 256 * 1024;
const WIDTH = 20;

export interface Allowance {
  /** Counts bytes that were written. */
  use(bytes: number): void;
  /** Whether the run has reached its limit. */
  isOver(): boolean;
  /** Gives back what was taken and not used. */
  end(): void;
}

export function createAllowance(directory: string, limit: number): Allowance {
  const path = `${directory}/spool/size`;
  let granted = 0;
  let used = 0;
  let over = false;

  function read(name: string): number {
    let descriptor = -1;
    try {
      descriptor = files.open(name, files.constants.O_RDONLY);
      const bytes = newBytes(32);
      const count = files.read(descriptor, bytes, 0, 32, 0);
      let value = 0;
      for (let i = 0; i < count; i++) {
        const digit = (bytes[i] as number) - 48;
        if (digit >= 0 && digit <= 9) value = 10 * value + digit;
      }
      return value;
    } catch {
      return 0;
    } finally {
      if (descriptor >= 0) files.close(descriptor);
    }
  }

  function write(value: number): void {
    let descriptor = -1;
    try {
      descriptor = files.open(path, files.constants.O_WRONLY | files.constants.O_CREAT, 0o600);
      const bytes = newBytes(WIDTH);
      let rest = value < 0 ? 0 : value;
      for (let i = WIDTH - 1; i >= 0; i--) {
        bytes[i] = 48 + (rest % 10);
        rest = floor(rest / 10);
      }
      files.write(descriptor, bytes, 0, WIDTH, 0);
    } catch {
      // A number that is missing limits nothing; writing the records will say what is wrong.
    } finally {
      if (descriptor >= 0) files.close(descriptor);
    }
  }

  function take(): void {
    const total = read(path);
    if (total + STEP > limit && total + STEP - read(`${directory}/spool/returned`) > limit) over = true;
    granted += STEP;
    write(total + STEP);
  }

  return {
    use(bytes) {
      used += bytes;
      while (used > granted) take();
    },
    isOver: () => over,
    end() {
      if (granted > used) write(read(path) - (granted - used));
      granted = used;
    },
  };
}
