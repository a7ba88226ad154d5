// Two words that stand for many. No cryptography: its module alone takes 3 ms to load, and whoever can write to the user's cache can
// write to the program as well. Few instructions for each word, since V8 has not made anything of this faster when it runs.

const { imul } = Math;

export interface Mixed {
  readonly a: number;
  readonly b: number;
}

/** 64 bits of every so-manieth of these words; two that differ in one that was looked at differ. */
export function mix(of: Int32Array, from: number, to: number, step: number): Mixed {
  let a = 0x9e3779b9 | 0;
  let b = 0x85ebca6b | 0;
  for (let at = from; at < to; at += step) {
    const word = of[at] as number;
    a = imul(a ^ word, 0x9e3779b1);
    a = (a << 13) | (a >>> 19);
    b = imul((b + word) | 0, 0x85ebca77);
    b ^= b >>> 15;
  }
  return { a, b };
}
