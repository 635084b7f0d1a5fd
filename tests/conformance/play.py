"""Plays one scenario with the drivers of one pair."""

import re
import time

from drivers import Broken, Driver
from expectations import Differs, compare, expand, fits
from scenarios import OWN_KEYS, ROLES

UNTIL_SECONDS = 10
# Every test connects more often in a minute than a peer has reason to.
SERVER_OPTIONS = {"max_handshake_attempts_per_minute": "1000000"}
NAMED = {"call", "many", "connect", "open", "registry", "second", "fork", "wrong"}
CREATES = {"serve": 2, "client": 1, "open": 0}


class NotApplicable(Exception):
    """A language cannot do it; the text says what and why."""


class Pair:
    """The driver processes of two languages, started when needed and kept."""

    def __init__(self, client, server):
        self.languages = {"client": client, "server": server, "other": client}
        self.running = {}

    def driver(self, role):
        if role not in self.running:
            self.running[role] = Driver(self.languages[role])
        return self.running[role]

    def kill_one(self, role):
        """Without a word, as a machine that is switched off."""
        self.running.pop(role).kill()

    def kill(self):
        for driver in self.running.values():
            driver.kill()
        self.running = {}

    def end(self):
        """What was wrong with the end of the drivers."""
        wrong = [f"{driver.language}: {said}" for driver in self.running.values() if (said := driver.end())]
        self.running = {}
        return wrong


class Play:
    def __init__(self, scenario, pair):
        self.scenario, self.pair = scenario, pair
        self.known = {}     # name -> what its making answered
        self.made = []      # (rank, role, name), for the end
        self.started = {}   # label -> (role, number)

    def run(self):
        for index, step in enumerate(self.scenario.all_steps()):
            try:
                for value in step.get("each", [None]):
                    for _ in range(step.get("times", 1)):
                        self.step(step, value)
            except Differs as differs:
                raise Differs(f"step {index + 1} {step}:\n{differs}") from None
            except Broken as broken:
                raise Broken(f"step {index + 1} {step}:\n{broken}") from None

    def step(self, step, each):
        if "await" in step:
            role, number = self.started.pop(step["await"])
            self.judge(step, role, self.pair.driver(role).wait(number, self.scenario.seconds), each)
            return
        if "runner" in step:
            self.pair.kill_one(step["role"])
            self.made = [made for made in self.made if made[1] != step["role"]]
            return
        role = next(role for role in ROLES if role in step)
        driver = self.pair.driver(role)
        request = self.request(step, role, each)
        if "starts" in step:
            self.started[step["starts"]] = (role, driver.send(request))
            self.note(request, role, {})
            return
        if "until" in step:
            self.poll(step, role, request)
            return
        reply = driver.wait(driver.send(request), self.scenario.seconds)
        self.judge(step, role, reply, each)
        if "ok" in reply:
            self.note(request, role, reply["ok"])

    def poll(self, step, role, request):
        """Asks until the answer fits: what happens meanwhile takes the time it takes."""
        driver, end = self.pair.driver(role), time.monotonic() + UNTIL_SECONDS
        wanted = self.filled(step["until"], None)
        while True:
            reply = driver.wait(driver.send(request), self.scenario.seconds)
            self.known_to(role, step, reply)
            if fits(wanted, reply.get("ok")):
                return
            if time.monotonic() > end:
                raise Differs(f"expected {wanted} within {UNTIL_SECONDS} s, came {reply}")
            time.sleep(0.005)

    def judge(self, step, role, reply, each):
        self.known_to(role, step, reply)
        wanted = {key: self.filled(step[key], each) for key in ("gives", "fails", "refused") if key in step}
        compare(wanted, reply)

    def known_to(self, role, step, reply):
        if reply.get("unknown"):
            language = self.pair.languages[role]
            word = step.get(role, step.get("await"))
            word = f"wrong {step['what']}" if word == "wrong" else word
            raise NotApplicable(f"{language} does not know {word}")

    def note(self, request, role, answer):
        if "as" in request:
            self.known[request["as"]] = answer
            self.made.append((CREATES[request["do"]], role, request["as"]))

    def request(self, step, role, each):
        """The line for the driver: defaults filled in, names replaced."""
        request = {key: self.filled(value, each) for key, value in step.items() if key not in OWN_KEYS}
        command = request["do"] = step[role]
        if command in ("serve", "client"):
            request.setdefault("as", "s" if command == "serve" else "c")
            request["signer"] = self.scenario.signer(request.get("signer"), request["as"])
            request.setdefault("options", {})
        elif command == "second":
            request["signer"] = self.scenario.signer(request.get("signer"), "second")
        elif command != "cancel":
            request.setdefault("on", "s" if role == "server" else "c")
        if command == "serve":
            request["options"] = {**SERVER_OPTIONS, **request["options"]}
            request["handlers"] = [{"type": name, "does": does}
                                   for name, does in request.get("handlers", {}).items()]
        if command in NAMED and command != "registry":
            request["peer"] = self.peer(request.get("peer", "s"))
        if command == "registry":
            request["entries"] = [self.peer(entry) for entry in request["entries"]]
        if command == "permits":
            # TOML has no null: false is everybody.
            request["hotkeys"] = request["hotkeys"] or (None if request["hotkeys"] is False else [])
        for key in ("data", "chunk"):
            if isinstance(request.get(key), str):
                request[key] = expand(request[key])
        return request

    def peer(self, wish):
        """A server by its name, or as it is written."""
        if isinstance(wish, dict):
            return wish
        made = self.known.get(wish, {})
        return {key: made[key] for key in ("hotkey", "address") if key in made}

    def filled(self, value, each):
        """`$each`, `$s.address` and the like replaced, at any depth."""
        if isinstance(value, dict):
            return {key: self.filled(part, each) for key, part in value.items()}
        if isinstance(value, list):
            return [self.filled(part, each) for part in value]
        if value == "$each":
            return each
        if isinstance(value, str) and "$" in value:
            return re.sub(r"\$(\w+)\.(\w+)", lambda found: self.known[found[1]][found[2]], value)
        return value

    def clean(self):
        """Closes what the scenario made, streams first, servers last; waits for what it left."""
        for rank in (0, 1, 2):
            asked = [(role, self.pair.driver(role).send({"do": "close", "on": name}))
                     for made, role, name in self.made if made == rank]
            for role, number in asked:
                self.pair.driver(role).wait(number)
        for role, number in self.started.values():
            self.pair.driver(role).wait(number)


def play(scenario, pair):
    """None when it passed; NotApplicable; or the text of what went wrong, and then fresh drivers."""
    playing = Play(scenario, pair)
    try:
        try:
            playing.run()
        except NotApplicable:
            playing.clean()
            raise
        playing.clean()
    except (Differs, Broken) as problem:
        pair.kill()
        return str(problem)
    return None
