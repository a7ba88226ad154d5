// A server: each request is a task of its own, with all that it leads to: its body, its timers, what it awaits.
import { createServer } from "node:http";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

async function look(id) {
  await sleep(1);
  return { id, found: true };
}

function reply(response, value) {
  response.end(JSON.stringify(value));
  return value;
}

function readBody(request, done) {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", () => done(body));
}

function serve() {
  return createServer(async (request, response) => {
    const { url } = request;
    if (url === "/body") readBody(request, (body) => reply(response, body.length));
    else if (url === "/timer") setTimeout(() => reply(response, "timer"), 1);
    else reply(response, await look(url));
  });
}

async function ask(port, path, options) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, options);
  return answer.json();
}

async function main() {
  const server = serve().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  const answers = [
    await ask(port, "/one"),
    await ask(port, "/body", { method: "POST", body: "text" }),
    await ask(port, "/timer"),
  ];
  server.closeAllConnections();
  server.close();
  return answers;
}

console.log(await main());
