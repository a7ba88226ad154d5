"""What a hit of debugpy's logpoint costs, and what functions without one pay while it listens: the same loops as in
probes.py. A process of its own is the client and sets the breakpoint. Prints a JSON object, nanoseconds a turn over
bare; `after` is measured once the client has left."""

import json
import os
import socket
import subprocess
import sys
import time

import probes as measured


def client(port, line, expression):
    connection = socket.create_connection(("127.0.0.1", port))
    stream = connection.makefile("rwb")
    number = 0

    def send(command, **arguments):
        nonlocal number
        number += 1
        body = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
        stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream.flush()

    def until(kind, name):
        while True:
            length = 0
            while True:
                header = stream.readline().strip()
                if not header:
                    break
                length = int(header.split(b":")[1])
            message = json.loads(stream.read(length))
            if message["type"] == kind and message.get("event" if kind == "event" else "command") == name:
                return message

    send("initialize", adapterID="bench", linesStartAt1=True, columnsStartAt1=True, pathFormat="path")
    until("response", "initialize")
    send("attach", justMyCode=False)
    until("event", "initialized")
    breakpoint = {"line": line}
    if expression == "false":
        breakpoint.update(condition="number < 0", logMessage="{number}")
    else:
        breakpoint.update(logMessage="number is {number}")
    send("setBreakpoints", source={"path": measured.HERE}, breakpoints=[breakpoint])
    until("response", "setBreakpoints")
    send("configurationDone")
    until("response", "configurationDone")
    print("ready", flush=True)
    # What it is told has to be read, or the program waits.
    while stream.read(1):
        pass


def main():
    import debugpy

    turns = 400
    bare = min(measured.run(measured.work, 20000) for _ in range(5))
    other_bare = min(measured.run(measured.elsewhere, 20000) for _ in range(5))
    _, port = debugpy.listen(("127.0.0.1", 0))
    result = {}
    for name, kind in (("logpoint, one variable", "true"), ("false condition", "false")):
        line = str(measured.line_of("hit"))
        peer = subprocess.Popen([sys.executable, __file__, "client", str(port), line, kind], stdout=subprocess.PIPE)
        debugpy.wait_for_client()
        peer.stdout.readline()
        time.sleep(0.5)
        measured.run(measured.work, turns)
        result[name] = round(min(measured.run(measured.work, turns) for _ in range(9)) - bare, 1)
        others = min(measured.run(measured.elsewhere, 5000) for _ in range(9))
        result["other functions"] = round(others - other_bare, 1)
        peer.kill()
        peer.wait()
        time.sleep(0.5)
    others = min(measured.run(measured.elsewhere, 5000) for _ in range(9))
    result["other functions, after the client has left"] = round(others - other_bare, 1)
    print(json.dumps(result))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["client"]:
        client(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        main()
