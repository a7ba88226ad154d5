"""Puts every secret of a corpus wherever a program can put one, and every innocent beside it.

Arguments: the two files of the corpus, a folder for a copy of the spool as it is before it is sealed, then secrets.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading

# A value that no shape gives away, for secret names.
PASSWORD = "tulip" + "mania"


def text_of(case):
    return case.get("before", "") + "".join(case["secret"]) + case.get("after", "")


class Holder:
    def __init__(self, value):
        self.value = value
        self.inner = [value, {"value": value}]

    def show(self):
        return self


class Rejected(Exception):
    pass


def take(text):
    return text


def take_many(*texts, **named):
    return list(texts), named


def take_key(mapping):
    return mapping


def take_bytes(data):
    return data


def fail(text):
    local = [text]
    raise Rejected("rejected " + text, local)


def unseen(text):
    yield text
    yield {"text": text}


async def task(text):
    await asyncio.sleep(0)
    return text


async def named_tasks(texts):
    await asyncio.gather(*[asyncio.ensure_future(task(text)) for text in texts])
    for text in texts:
        await asyncio.get_running_loop().create_task(task(1), name=text)


def place(text):
    take(text)
    take_many(text, other=text)
    take_key({text: 1, "value": text, 7: (text, [text])})
    take_bytes(text.encode("utf-8", "replace"))
    Holder(text).show()
    try:
        fail(text)
    except Rejected:
        pass
    list(unseen(text))
    thread = threading.Thread(target=take, args=(text,), name=text)
    thread.start()
    thread.join()
    exec(compile("def made(value):\n    return value\nmade(%r)" % text, "<made>", "exec"), {"__name__": "made"})


def place_name(name, secret):
    take_key({name: secret})
    take_key([{name: [secret]}])
    take_key({"x": {name: {"deep": secret}}})
    holder = Holder(1)
    setattr(holder, name, secret)
    holder.show()
    take_many(**{name: secret})
    try:
        raise Rejected("%s=%s" % (name, secret))
    except Rejected:
        pass
    names = {}
    if name.isidentifier():
        exec("def bound(%s):\n    return 1\n" % name, globals(), names)
        names["bound"](secret)


def innocent(text, named):
    return None


def last(text):
    inside = {"value": text}  # noqa: F841, shown with the exception
    raise Rejected("at the end: " + text)


def main():
    with open(sys.argv[1]) as file:
        secrets = json.load(file)
    with open(sys.argv[2]) as file:
        innocents = json.load(file)
    texts = [text_of(case) for case in secrets["texts"]]
    for text in texts:
        place(text)
    for at, case in enumerate(secrets["names"]):
        place_name(case["name"], PASSWORD + str(at))
    asyncio.run(named_tasks(texts))
    for case in innocents["texts"]:
        innocent(case["text"], None)
    for case in innocents["names"]:
        innocent(case["name"], {case["name"]: "visible"})
    environment = dict(os.environ, API_TOKEN=texts[0], DATABASE_PASSWORD=PASSWORD)
    subprocess.run([sys.executable, "-c", "pass", "--password", PASSWORD, texts[0]], env=environment, check=True)
    subprocess.run([sys.executable, "-I", "-c", "pass", "--password", PASSWORD, texts[0]], env=environment, check=True)
    shutil.copytree(os.environ["SPOOR_RUN"], sys.argv[3])
    last(texts[0])


if __name__ == "__main__":
    main()
