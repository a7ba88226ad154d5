// Emitters: a listener that a recorded call runs is its callee; one that runs in a turn of its own hangs under the call that made it.
import { EventEmitter, on, once } from "node:events";

const emitter = new EventEmitter();

function emit(name, value) {
  return emitter.emit(name, value);
}

function heard(value) {
  return value;
}

function listen() {
  emitter.on("called", (value) => heard(value));
  emitter.once("once", (value) => heard(value));
}

async function iterate() {
  const values = [];
  for await (const [value] of on(emitter, "item")) {
    values.push(heard(value));
    if (value === 2) return values;
  }
}

function abortable(signal) {
  signal.addEventListener("abort", () => heard(signal.reason.name));
  return AbortSignal.any([signal]);
}

function emitLater() {
  setImmediate(() => {
    emit("item", 1);
    emit("item", 2);
  });
}

async function main() {
  listen();
  emit("called", "in a call");
  emit("once", "once");
  emit("once", "never");
  setImmediate(() => emitter.emit("called", "later"));
  await once(emitter, "called");
  emitLater();
  const values = await iterate();
  const controller = new AbortController();
  abortable(controller.signal);
  setTimeout(() => controller.abort(), 1);
  await once(controller.signal, "abort");
  abortable(AbortSignal.timeout(1));
  await new Promise((resolve) => setTimeout(resolve, 50));
  return values;
}

console.log(await main());
