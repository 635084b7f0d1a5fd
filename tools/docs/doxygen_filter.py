"""doxygen_filter.py HEADER: prints it with its comments in the form that Doxygen takes for documentation.
The header itself stays plain C, as its readers know it."""

import re
import sys


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    # The first comment speaks of the whole file; headings between lines of dashes name the groups.
    text = re.sub(r"\A/\*\n", "/** \\\\file\n", text)
    text = re.sub(r"^/\* -{20,}\n \* ", "/** \\\\name ", text, flags=re.M)
    text = re.sub(r"^ \* -{20,} \*/", " */", text, flags=re.M)
    text = re.sub(r"^/\* (?:-+ )?", "/** ", text, flags=re.M)
    # Behind a member on the same line, possibly over several lines.
    text = re.sub(r"(?<=[;,\d]) +/\* ", " /**< ", text)
    # Words such as <ltn/lightning.h> and <NAME> are no HTML.
    print(re.sub(r"^(?!#)(.*)$",
                 lambda line: re.sub(r"<(?=[A-Za-z])([\w/.:]+)>", r"\\<\1\\>", line[0]),
                 text, flags=re.M), end="")


main()
