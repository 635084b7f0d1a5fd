"""bindings/python/ltn/_generated.py."""

from facts import SECTIONS, codes, group, limits, options, statistics

HEAD = '''"""Made by tools/bindings/generate from the header and docs/options.md. Do not edit."""

from typing import Dict, NamedTuple, Tuple


class Option(NamedTuple):
    """What an option takes: ``kind`` is duration, number, bytes, flag or text."""

    kind: str
    least: int
    most: int
    none: bool
    default: str
    any_time: bool


'''
GROUPS = (("CATEGORIES", "CATEGORY"), ("DRIVES", "DRIVE"), ("OPS", "OP"), ("EVENTS", "EVENT"),
          ("DETAILS", "DETAIL"), ("LOG_LEVELS", "LOG"), ("PEER_STATES", "PEER"),
          ("METRIC_KINDS", "METRIC"), ("SOURCE_KINDS", "SOURCE"), ("KEY_FILE_FLAGS", "KEY_FILE"),
          ("CALL_FLAGS", "CALL"))


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def numbers(title, found):
    rows = "".join(f'    "{constant.name}": {constant.value},\n' for constant in found)
    return f"{title}: Dict[str, int] = {{\n{rows}}}\n"


def names(title, found):
    rows = "".join(f'    "{name}",\n' for name in found)
    return f"{title}: Tuple[str, ...] = (\n{rows})\n"


def table(title, found):
    rows = "".join(
        f'    "{each.name}": Option("{each.kind}", {each.least}, {each.most}, {each.none}, '
        f"{quoted(each.default)}, {each.any_time}),\n" for each in found)
    return f"{title}: Dict[str, Option] = {{\n{rows}}}\n"


def text():
    parts = [numbers("CODES", codes())]
    parts += [numbers(title, group(prefix)) for title, prefix in GROUPS]
    for section in SECTIONS:
        title = f"{section.upper()}_OPTION"
        parts.append(table(f"{title}_TABLE", options(section)) +
                     f"{title}S: Tuple[str, ...] = tuple({title}_TABLE)\n")
    for section in ("client", "server"):
        parts.append(names(f"{section.upper()}_STATS", [name for name, _ in statistics(section)]))
    sizes = "".join(f"{limit.name} = {limit.value}\n" for limit in limits())
    return HEAD + sizes + "\n" + "\n".join(parts)
