"""Reads scenarios/*.toml. README.md says what may stand in them."""

import dataclasses
import hashlib
import pathlib
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
APPLIES_TO = ("pairs", "client", "server")
ROLES = ("client", "server", "other")
# What makes an object that can be forgotten, and what it is called then.
MAKES = {"client": "client", "serve": "server", "open": "stream"}
KEYS = {"name", "why", "applies_to", "handlers", "server_options", "client_options", "server_signer",
        "client_signer", "setup", "steps", "seconds", "crate"}
# Of a step, what is for the runner and not for the driver.
OWN_KEYS = {"gives", "fails", "refused", "starts", "await", "until", "each", "times", "why", *ROLES}


@dataclasses.dataclass
class Scenario:
    name: str
    steps: list
    file: str
    why: str = ""
    applies_to: str = "pairs"
    handlers: dict = dataclasses.field(default_factory=dict)
    server_options: dict = dataclasses.field(default_factory=dict)
    client_options: dict = dataclasses.field(default_factory=dict)
    server_signer: dict | None = None
    client_signer: dict | None = None
    setup: str = "both"
    seconds: float = 30
    # Why the crate cannot play it, whatever its driver knows.
    crate: str = ""

    def seed(self, name):
        return hashlib.sha256(f"{self.name}/{name}".encode()).hexdigest()

    def signer(self, wish, name):
        """A described signer with the seed that belongs to `name`, unless it names another."""
        wish = dict(wish or {})
        if not wish.keys() & {"seed", "wallet", "key_file"}:
            wish["seed"] = self.seed(name)
        return wish

    def all_steps(self):
        """With what stands before every scenario: a server `s` and a client `c`."""
        before = []
        if self.setup in ("both", "server"):
            before.append({"server": "serve", "as": "s", "signer": self.server_signer or {},
                           "options": self.server_options, "handlers": self.handlers})
        if self.setup == "both":
            before.append({"client": "client", "as": "c", "signer": self.client_signer or {},
                           "options": self.client_options})
        return before + self.steps

    def words(self, role):
        """What the driver of a role must know, in the words of `lacks`."""
        found = set()
        kinds = {}
        for step in self.all_steps():
            if role not in step:
                continue
            command = step[role]
            found.add(command)
            if command in MAKES:
                kinds[step.get("as", command[0])] = MAKES[command]
            if command == "forget":
                found.add("forget " + kinds.get(step["on"], "call"))
            if command == "wrong":
                found.add(f"wrong {step['what']}")
            if "callback" in step.get("signer", {}):
                how = step["signer"]["callback"]
                found.update(("callback", how, f"signer {how}", f"callback {how}"))
            if "wallet" in step.get("signer", {}):
                found.add("wallet")
            if "key_file" in step.get("signer", {}):
                found.add("key_file")
            for does in step.get("handlers", {}).values():
                found.add(does)
            if command == "handle":
                found.add(step["does"])
            if "value" in step and command == "call":
                found.add("value")
            if step.get("send"):
                found.add("send")
            found.update(f"option {name}" for name in step.get("options", {}))
        return found


def _checked(table, file):
    where = f"{file.name}: {table.get('name', '?')}"
    unknown = table.keys() - KEYS
    if unknown or not {"name", "steps"} <= table.keys():
        raise SystemExit(f"{where}: expected name, steps and {sorted(KEYS)}, came {sorted(unknown)}")
    scenario = Scenario(file=file.stem, **table)
    if scenario.applies_to not in APPLIES_TO:
        raise SystemExit(f"{where}: expected applies_to among {APPLIES_TO}")
    for step in scenario.steps:
        if not step.keys() & {"await", "runner"} and len(step.keys() & set(ROLES)) != 1:
            raise SystemExit(f"{where}: expected one of {ROLES} or await in {step}")
        if len(step.keys() & {"gives", "fails", "refused", "starts", "until"}) > 1:
            raise SystemExit(f"{where}: expected one outcome in {step}")
    return scenario


def load():
    found = []
    for file in sorted((HERE / "scenarios").glob("*.toml")):
        with open(file, "rb") as opened:
            found += [_checked(table, file) for table in tomllib.load(opened)["scenario"]]
    names = [scenario.name for scenario in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise SystemExit(f"expected each name once, came {sorted(twice)}")
    return found
