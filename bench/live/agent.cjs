// An agent that does nothing but send logpoint events, at a rate, over the real socket (spec/control.md): keeps what is not told
// stored, up to 4,096 events, counts what it has to drop, dials again. On SIGTERM it makes no more, waits until all is stored, says
// `{"id","made","dropped","connections","seconds"}` and ends. Arguments: socket, root, events per second, characters of a message.
const { randomBytes } = require("node:crypto");
const net = require("node:net");
const { hostname } = require("node:os");

const [socketPath, root, rate, characters] = process.argv.slice(2);
const perSecond = Number(rate);
const mostKept = 4096;
const mostInMessage = 256;
const id = `${process.pid}-${randomBytes(3).toString("hex")}`;
const client = {
  hostname: hostname(),
  applicationName: "load",
  applicationInstanceId: id,
  agentVersion: "0",
  runtime: "cpython",
  runtimeVersion: "3.12.1",
};
const hello = {
  type: "hello", protocol: 1, id, parent: null, client, pid: process.pid, nativeStart: "1", ppid: process.ppid, root,
  argv: ["load"], cwd: root, startedAt: new Date().toISOString(), state: "awake", held: false, engine: "none", features: [], run: null,
}; // prettier-ignore
const payload = {
  probeId: "l1", probeType: "logpoint", file: "/srv/shop/handlers.py", line: 42, function: "handle", tags: ["load"],
  thread: { id: 1, name: "MainThread" }, message: "x".repeat(Number(characters)),
}; // prettier-ignore
const payloadJson = JSON.stringify(payload);

let made = 0;
let dropped = 0;
let stored = 0;
let sent = 0;
let connections = 0;
let socket = null;
let isWelcome = false;
let isEnding = false;
/** From the first welcome on. */
let begunMs = Infinity;
const times = [];

function dial() {
  const dialled = net.createConnection(socketPath);
  let partial = "";
  socket = dialled;
  isWelcome = false;
  dialled.setEncoding("utf8");
  dialled.on("connect", () => {
    connections++;
    dialled.write(`${JSON.stringify({ ...hello, firstEvent: stored + 1 })}\n`);
  });
  dialled.on("data", (chunk) => {
    const lines = (partial + chunk).split("\n");
    partial = lines.pop();
    for (const line of lines) hear(JSON.parse(line));
  });
  dialled.on("drain", flush);
  dialled.on("error", () => undefined);
  dialled.on("close", () => {
    isWelcome = false;
    setTimeout(dial, 25);
  });
}

function hear(message) {
  if (message.type === "welcome") {
    isWelcome = true;
    begunMs = Math.min(begunMs, performance.now());
    sent = stored;
    flush();
  } else if (message.type === "stored") {
    if (message.to > stored) times.splice(0, message.to - stored);
    stored = Math.max(stored, message.to);
    sent = Math.max(sent, stored);
    endIfDone();
  } else if (message.type === "ping") socket.write('{"type":"pong"}\n');
}

function flush() {
  if (!isWelcome) return;
  while (sent < made && socket.writableLength < 1 << 20) {
    const to = Math.min(made, sent + mostInMessage);
    const events = [];
    for (let number = sent; number < to; number++) {
      events.push(`{"name":"probe.hit.logpoint","time":${times[number - stored]},"payload":${payloadJson}}`);
    }
    socket.write(`{"type":"events","first":${sent + 1},"events":[${events.join(",")}]}\n`);
    sent = to;
  }
}

function make() {
  if (isEnding || begunMs === Infinity) return;
  const due = Math.floor(((performance.now() - begunMs) / 1000) * perSecond) - made - dropped;
  const now = Date.now();
  for (let each = 0; each < due; each++) {
    if (made - stored >= mostKept) dropped++;
    else {
      times.push(now);
      made++;
    }
  }
  flush();
}

function endIfDone() {
  if (!isEnding || stored < made) return;
  process.stdout.write(`${JSON.stringify({ id, made, dropped, connections, seconds })}\n`, () => process.exit(0));
}

let seconds = 0;
process.on("SIGTERM", () => {
  isEnding = true;
  seconds = (performance.now() - begunMs) / 1000;
  flush();
  endIfDone();
});
setInterval(make, 20);
dial();
process.stdout.write("ready\n");
