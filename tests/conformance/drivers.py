"""Driver processes: started, asked, ended. PROTOCOL.md says what they speak."""

import collections
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
# The first start of a language may build its binding.
FIRST_START_SECONDS = 900
START_SECONDS = 60
ANSWER_SECONDS = 30
END_SECONDS = 20
NOT_ON_THIS_MACHINE = 77
KEPT_LINES = 12
SHOWN_LEN = 300


# Programs that were named instead of drivers/<language>/run.
elsewhere = {}


class Broken(Exception):
    """A driver died, hung or said something that is no line of the protocol."""


class Absent(Exception):
    """The language is not on this machine."""


class Driver:
    def __init__(self, language, seconds=START_SECONDS):
        self.language = language
        self.replies = {}
        self.changed = threading.Condition()
        self.next_id = 0
        self.talk = collections.deque(maxlen=KEPT_LINES)
        self.hello = None
        self.over = False
        self.errors = tempfile.TemporaryFile()
        # A group of its own: what the driver starts ends with it.
        self.process = subprocess.Popen(
            [program(language)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, text=True, encoding="utf-8", errors="replace", start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        with self.changed:
            self.changed.wait_for(lambda: self.hello or self.over, seconds)
        if self.hello is None:
            ended = self._ended(2)
            self.kill()
            if ended == NOT_ON_THIS_MACHINE:
                raise Absent(self.errors_text().strip() or f"no {language}")
            raise Broken(f"expected a first line from the driver of {language}, came {self.said()}")
        self.lacks = {}
        for text in self.hello.get("lacks", []):
            word, _, reason = text.partition(":")
            self.lacks[word.strip()] = reason.strip()

    def _read(self):
        for line in self.process.stdout:
            line = line.rstrip("\n")
            with self.changed:
                self.talk.append("< " + line[:SHOWN_LEN])
                try:
                    said = json.loads(line)
                    if self.hello is None and "driver" in said:
                        self.hello = said
                    else:
                        self.replies[said["id"]] = said
                except (ValueError, KeyError, TypeError):
                    self.talk.append("! the line above is not of the protocol")
                self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()

    def send(self, request):
        """Asks, and does not wait; the number to wait for."""
        with self.changed:
            self.next_id += 1
            number = self.next_id
            text = json.dumps({"id": number, **request})
            self.talk.append("> " + text[:SHOWN_LEN])
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
        except OSError:
            raise Broken(f"expected a driver of {self.language} that reads, came {self.said()}") from None
        return number

    def wait(self, number, seconds=ANSWER_SECONDS):
        with self.changed:
            self.changed.wait_for(lambda: number in self.replies or self.over, seconds)
            if number in self.replies:
                return self.replies.pop(number)
        raise Broken(f"expected an answer of {self.language} within {seconds} s, came {self.said()}")

    def errors_text(self):
        size = os.fstat(self.errors.fileno()).st_size
        return os.pread(self.errors.fileno(), 1500, max(0, size - 1500)).decode(errors="replace")

    def said(self):
        ended = self._ended(0.2)
        state = "none, and it lives" if ended is None else f"its end with status {ended}"
        return "\n".join([state, *self.talk, "stderr: " + self.errors_text()])

    def _ended(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self):
        """As at the end of a program; None, or what was wrong with it."""
        try:
            self.process.stdin.close()
        except OSError:
            pass
        began = time.monotonic()
        ended = self._ended(END_SECONDS)
        said = self.said() if ended != 0 else ""
        self.kill()
        if ended is None:
            return f"expected an end within {time.monotonic() - began:.0f} s of the end of input: {said}"
        return f"expected status 0 at the end, came {said}" if ended else None

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                pass


def program(language):
    return elsewhere.get(language, HERE / "drivers" / language / "run")


def languages():
    """Those that have a driver, in the order of the table."""
    order = ["c", "go", "rust", "python", "node", "crate"]
    return [name for name in order if pathlib.Path(program(name)).exists()]
