// A remote agent's WebSocket as the connection that the daemon's inside knows.
import type { Connection } from "../live/connection.ts";
import type { AgentLink } from "../live/daemon.ts";

export function linkConnection(link: AgentLink): Connection {
  return {
    peer: "WebSocket",
    isLocal: false,
    send: (text) => void link.send(text),
    waitingBytes: () => link.waiting(),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
    listen(listener) {
      link.onMessage((text) => listener.message(Buffer.from(text)));
      link.onDrain(() => listener.drained());
      link.onClose(() => listener.closed("ended"));
    },
  };
}
