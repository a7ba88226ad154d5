// Asks a server in a process of its own: for every line `<port> <requests>` on standard input it sends so many requests, over 16
// connections with one request at a time each, and answers {"ok"} when all have been answered with status 200.
const { writeSync } = require("node:fs");
const net = require("node:net");
const { createInterface } = require("node:readline");

const names = ["ada", "grace", "linus", "barbara"];
const connections = 16;

function ask(port, requests) {
  return new Promise((resolve, reject) => {
    let [sent, answered, open] = [0, 0, 0];
    const one = () => {
      const socket = net.connect(port, "127.0.0.1");
      let text = "";
      const next = () => {
        if (sent === requests) {
          socket.end();
          return;
        }
        const name = names[sent++ % names.length];
        socket.write(`GET /hello/${name} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n`);
      };
      open++;
      socket.setNoDelay(true);
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("close", () => {
        if (--open > 0) return;
        if (answered === requests) resolve();
        else reject(new Error(`${answered} of ${requests} requests were answered`));
      });
      socket.on("data", (data) => {
        text += data.latin1Slice();
        const head = text.indexOf("\r\n\r\n");
        if (head < 0) return;
        const [, length] = /\r\ncontent-length: (\d+)/i.exec(text) ?? [];
        if (length === undefined || !text.startsWith("HTTP/1.1 200"))
          reject(new Error(`answered ${text.slice(0, 200)}`));
        else if (text.length >= head + 4 + Number(length)) {
          text = "";
          answered++;
          next();
        }
      });
    };
    for (let i = 0; i < connections; i++) one();
  });
}

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const [port, requests] = line.split(" ").map(Number);
    await ask(port, requests);
    writeSync(1, `${JSON.stringify({ ok: true })}\n`);
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
