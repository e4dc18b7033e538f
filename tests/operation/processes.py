"""Programs that a test starts, waits for, asks over HTTP, and ends."""
import json
import os
import re
import select
import socket
import subprocess
import time
import urllib.request

from secret_shapes import assert_kept


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, body=None, method=None, timeout=60):
    """The JSON that `url` answers, or its text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)
    with urllib.request.urlopen(request, timeout=timeout) as answer:
        text = answer.read().decode()
    return json.loads(text) if text[:1] in "{[" else text


def until(what, condition, seconds):
    """Waits for `condition` to give something true, and gives that."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except OSError:
            value = None
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.1)


class Program:
    """Runs until its block is left; what it writes to standard error goes to a file in `folder`, and holds
    none of `secrets`."""

    def __init__(self, folder, name, command, environment=None, secrets=()):
        self.name, self.secrets = name, secrets
        self.log = open(folder / f"{name}.log", "w+")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=os.environ | (environment or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.seek(0)
        said = self.log.read()
        self.log.close()
        assert_kept(self.secrets, said, f"the log of {self.name}")

    def ready(self, pattern, seconds=20):
        """What `pattern` finds in the first line of standard output."""
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if readable else ""
        found = re.search(pattern, line)
        if not found:
            self.log.seek(0)
            raise RuntimeError(f"not ready, but: {line}{self.log.read()[-2000:]}")
        return found.groups()
