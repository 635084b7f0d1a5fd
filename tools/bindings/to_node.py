"""bindings/node/lib/generated.js and its types."""

import re

from facts import SECTIONS, codes, group, limits, options, statistics

MADE = "/* Made by tools/bindings/generate; do not edit. */\n"
GROUPS = ("CATEGORY", "EVENT", "OP", "DETAIL", "LOG", "PEER", "METRIC", "SOURCE", "KEY_FILE", "CALL",
          "DRIVE")
TYPES = {"flag": "boolean", "text": "string"}
WIDTH = 100


def camel(name):
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def frozen(title, found):
    rows = "".join(f"  {each.name}: {each.value},\n" for each in found)
    return f"exports.{title} = Object.freeze({{\n{rows}}});\n"


def table(section):
    rows = "".join(
        f"  {each.name}: ['{each.kind}', {each.least}, {each.most}, {str(each.none).lower()}, "
        f"'{each.default}', {str(each.any_time).lower()}],\n" for each in options(section))
    return (f"/* Kind, least, most, whether none is a value, default, whether it may change after "
            f"start. */\nexports.{section.upper()}_OPTION_TABLE = Object.freeze({{\n{rows}}});\n")


def script():
    out = "'use strict';\n" + MADE + "\n" + frozen("STATUS", codes())
    out += "".join(frozen(title, group(title)) for title in GROUPS)
    out += "".join(f"exports.{limit.name} = {limit.value};\n" for limit in limits())
    for section in SECTIONS:
        rows = "".join(f"  ['{camel(each.name)}', '{each.name}'],\n" for each in options(section))
        out += ("/* camelCase to the library's name. */\n"
                f"exports.{section.upper()}_OPTIONS = new Map([\n{rows}]);\n")
    for section in ("client", "server"):
        rows = "".join(f"  '{name}',\n" for name, _ in statistics(section))
        out += f"exports.{section.upper()}_STATS = Object.freeze([\n{rows}]);\n"
    return out + "".join(table(section) for section in SECTIONS)


def type_of(each):
    return TYPES.get(each.kind, "number | string | null" if each.none else "number | string")


def union(names, indent):
    """The names with | before each, in lines that fit."""
    lines, line = [], ""
    for name in names:
        if len(indent) + len(line) + len(name) + 3 > WIDTH:
            lines.append(line)
            line = ""
        line += f" | '{name}'" if line else f"| '{name}'"
    return "\n".join(indent + each for each in [*lines, line])


def option_types(section):
    title = section.capitalize()
    out = (f"/** Options of a {section}; each also in snake_case, as docs/options.md has them. */\n"
           f"export interface {title}OptionsCamel {{\n")
    for each in options(section):
        takes = each.range[0].upper() + each.range[1:]
        out += (f"  /** {each.meaning} {takes}. Default {each.default}. */\n"
                f"  {camel(each.name)}?: {type_of(each)};\n")
    out += f"}}\n\nexport type {title}OptionsSnake =\n"
    kinds = dict.fromkeys(map(type_of, options(section)))
    out += "\n".join(
        "  & { [name in\n" +
        union([each.name for each in options(section) if type_of(each) == kind], "    ") +
        f"]?: {kind} }}" for kind in kinds) + ";\n\n"
    return out + f"export type {title}Options = {title}OptionsCamel & {title}OptionsSnake;\n"


def stat_types(section):
    rows = "".join(f"  /** {meaning} */\n  {name}: number;\n" for name, meaning in statistics(section))
    return f"export interface {section.capitalize()}Stats {{\n{rows}}}\n"


def types():
    parts = [MADE]
    parts.append("export type ErrorCode =\n" + union([each.name for each in group("ERR")], "  ") + ";\n")
    parts.append("export type ErrorCategory =\n" +
                 union([each.name.lower() for each in group("CATEGORY")], "  ") + ";\n")
    parts += [option_types(section) for section in SECTIONS]
    parts += [stat_types(section) for section in ("client", "server")]
    return "\n".join(parts)
