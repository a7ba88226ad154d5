// A key for a text. No cryptography: its module alone takes 3 ms to load, and whoever can write to the cache can write to the
// program as well. What counts is that few instructions are executed for each character, since all of this runs once in a
// process, before V8 has made anything of it faster.

import { mix } from "./mix.ts";

let bytes = Buffer.allocUnsafeSlow(1 << 18);
let words = new Int32Array(bytes.buffer);

/** 24 digits of two texts: 64 bits and their length. */
export function hashText(about: string, text: string): string {
  const most = 3 * (about.length + text.length) + 8;
  if (bytes.length < most) {
    bytes = Buffer.allocUnsafeSlow(4 * Math.ceil(most / 2));
    words = new Int32Array(bytes.buffer);
  }
  let length = bytes.write(about, 0, "utf8");
  // No text holds it, so that nothing moves from one to the other.
  bytes[length++] = 255;
  length += bytes.write(text, length, "utf8");
  const whole = length;
  while (length % 4 !== 0) bytes[length++] = 0;
  const { a, b } = mix(words, 0, length >> 2, 1);
  return digits(a) + digits(b) + digits(whole);
}

function digits(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
