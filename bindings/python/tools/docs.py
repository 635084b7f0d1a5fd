"""Writes the pages of the API with pdoc: docs.py OUT. Fails when something public says nothing of
itself."""

from __future__ import annotations

import inspect
import pathlib
import sys

import pdoc

import ltn
import ltn.blocking
import ltn.btlightning
import ltn.testing

# Values that stand for a type or a constant have no place for a docstring.
PLAIN = {"OptionValue", "PeerLike"}


def silent(module: object, name: str) -> list[str]:
    """What of a public name has no docstring."""
    value = getattr(module, name)
    found = [] if inspect.getdoc(value) or name in PLAIN else [name]
    for key, member in vars(value).items() if inspect.isclass(value) else ():
        plain = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if not key.startswith("_") and inspect.isfunction(plain) and not inspect.getdoc(plain):
            found.append(f"{name}.{key}")
    return found


missing = [
    f"{module.__name__}.{name}"
    for module in (ltn, ltn.blocking, ltn.testing)
    for public in module.__all__
    for name in silent(module, public)
]
if missing:
    sys.exit("expected a docstring, came none: " + ", ".join(missing))
pdoc.pdoc("ltn", "!ltn._ffi", output_directory=pathlib.Path(sys.argv[1]))
