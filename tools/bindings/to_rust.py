"""bindings/rust/ltn/src/generated.rs, as rustfmt would have it."""

from facts import SECTIONS, group, options, statistics

HEAD = """// Made by tools/bindings/generate from the header and docs/options.md; not edited by hand.

// What is not used inside the crate is there for whoever exports it.
#![allow(dead_code, unreachable_pub)]

use crate::error::{Category, Code};

"""
OPTION = """/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionInfo {
    /// Its name.
    pub name: &'static str,
    /// `duration`, `number`, `bytes`, `flag` or `text`.
    pub kind: &'static str,
    /// Smallest value; milliseconds for a duration, 0 for flags and texts.
    pub least: u64,
    /// Largest value, likewise.
    pub most: u64,
    /// Whether `none` is a value.
    pub none: bool,
    /// What it is without being set.
    pub default: &'static str,
    /// Whether it may change after start.
    pub any_time: bool,
}

const fn row(
    name: &'static str,
    kind: &'static str,
    least: u64,
    most: u64,
    none: bool,
    default: &'static str,
    any_time: bool,
) -> OptionInfo {
    OptionInfo { name, kind, least, most, none, default, any_time }
}

const fn names<const N: usize>(table: &[OptionInfo; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = table[index].name;
        index += 1;
    }
    names
}
"""
WIDTH = 100


def camel(name):
    return "".join(word.capitalize() for word in name.lower().split("_"))


def sentence(constant):
    said = f": {constant.meaning}" if constant.meaning else ""
    return f"    /// `LTN_ERR_{constant.name}`{said}.\n"


def code_block():
    consts = "".join(f"{sentence(each)}    pub const {each.name}: Code = Code({each.value});\n"
                     for each in group("ERR"))
    rows = "".join(f'        (Code::{each.name}, "LTN_ERR_{each.name}"),\n' for each in group("ERR"))
    return (f"impl Code {{\n{consts}\n"
            "    /// Every code that this release of the crate has a name for.\n"
            f"    pub const ALL: &'static [(Code, &'static str)] = &[\n{rows}    ];\n}}\n")


def category_block():
    found = group("CATEGORY")
    arms = "".join(f"            {each.value} => Category::{camel(each.name)},\n" for each in found)
    rows = "".join(f'        (Category::{camel(each.name)}, {each.value}, "LTN_CATEGORY_{each.name}"),\n'
                   for each in found)
    return ("impl Category {\n    /// The category that the library says by this number.\n"
            "    pub(crate) fn from_number(number: i32) -> Category {\n        match number {\n"
            f"{arms}            other => Category::Other(other),\n        }}\n    }}\n\n"
            "    /// Every category that this release of the crate has a name for.\n"
            "    pub const ALL: &'static [(Category, i32, &'static str)] = &[\n"
            f"{rows}    ];\n}}\n")


def array(comment, title, kind, rows):
    short = f"pub const {title}: &[{kind}] = &[{', '.join(rows)}];"
    if len(short) > WIDTH:
        lines = "".join(f"    {row},\n" for row in rows)
        short = f"pub const {title}: &[{kind}] = &[\n{lines}];"
    return f"/// {comment}\n{short}\n"


def rows_of(section):
    return [f'row("{each.name}", "{each.kind}", {each.least}, {each.most}, {str(each.none).lower()}, '
            f'"{each.default}", {str(each.any_time).lower()})' for each in options(section)]


def text():
    parts = [code_block(), category_block()]
    for section in ("client", "server"):
        parts.append(array(f"Counters of a {section}.", f"{section.upper()}_STATS", "&str",
                           [f'"{name}"' for name, _ in statistics(section)]))
    parts.append(OPTION)
    for section in SECTIONS:
        title, rows = f"{section.upper()}_OPTION", rows_of(section)
        parts.append(array(f"What the options of a {section} take.", f"{title}_TABLE",
                           f"OptionInfo; {len(rows)}", rows))
        parts.append(f"/// Options of a {section}.\n"
                     f"pub const {title}S: &[&str] = &names({title}_TABLE);\n")
    return HEAD + "\n".join(parts)
