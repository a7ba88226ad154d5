// The daemon's HTTP door while it has only its health to tell.
import { chmodSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { HttpDoor, HttpDoorOptions } from "../live/daemon.ts";

export async function openHttpDoor({ live, socket }: HttpDoorOptions): Promise<HttpDoor> {
  const answer = async (response: ServerResponse): Promise<void> => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(await live.health()));
  };
  const server = createServer((_, response) => void answer(response));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket, 0o600);
  return {
    http: null,
    close() {
      server.closeAllConnections();
      server.close();
      return Promise.resolve();
    },
  };
}
