// Asks a server in a process of its own: for every line `{"port","requests","connections","paths"}` on standard input it sends so many
// requests, the paths in turns, over so many connections with one request at a time each, and answers `{"seconds","p50Ms","p99Ms"}`
// (the whole, and a request) when all have been answered with status 200.
const { writeSync } = require("node:fs");
const net = require("node:net");
const { createInterface } = require("node:readline");

function ask({ port, requests, connections, paths }) {
  return new Promise((resolve, reject) => {
    let [sent, answered, open, lastMs] = [0, 0, 0, 0];
    const took = [];
    const begunMs = performance.now();
    const one = () => {
      const socket = net.connect(port, "127.0.0.1");
      let text = "";
      let sentMs = 0;
      const next = () => {
        if (sent === requests) {
          socket.end();
          return;
        }
        const path = paths[sent++ % paths.length];
        sentMs = performance.now();
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n`);
      };
      open++;
      socket.setNoDelay(true);
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => {
        if (--open > 0) return;
        if (answered === requests) resolve(told(took, (lastMs - begunMs) / 1000));
        else reject(new Error(`${answered} of ${requests} requests were answered`));
      });
      socket.on("data", (data) => {
        text += data.latin1Slice();
        const head = text.indexOf("\r\n\r\n");
        if (head < 0) return;
        const end = endOf(text, head + 4);
        if (Number.isNaN(end) || !text.startsWith("HTTP/1.1 200")) reject(new Error(`answered ${text.slice(0, 200)}`));
        else if (text.length >= end) {
          text = "";
          answered++;
          lastMs = performance.now();
          took.push(lastMs - sentMs);
          next();
        }
      });
    };
    for (let i = 0; i < connections; i++) one();
  });
}

/** Where the answer ends whose body begins at `body`; NaN where it does not say. */
function endOf(text, body) {
  const head = text.slice(0, body);
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
  if (length !== undefined) return body + Number(length);
  if (!/\r\ntransfer-encoding: chunked/i.test(head)) return Number.NaN;
  return text.endsWith("\r\n0\r\n\r\n") ? text.length : Infinity;
}

function told(took, seconds) {
  took.sort((a, b) => a - b);
  const at = (part) => took[Math.floor(part * (took.length - 1))];
  return { seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    writeSync(1, `${JSON.stringify(await ask(JSON.parse(line)))}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1); // some connections are still open
});
