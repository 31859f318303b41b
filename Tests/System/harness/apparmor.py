"""The rules about files of an AppArmor profile, as the parser reads it with everything that it includes."""

import os
import re
import subprocess
from typing import NamedTuple

from .needs import REPOSITORY

FOLDER = os.path.join(REPOSITORY, "contrib", "apparmor")
_RULE = re.compile(r"(?:(deny) +)?(?:owner +)?(/\S*|@\{\S+|\"[^\"]+\") +([rwaklmixPpCcUu]+)(?: *-> *\S+)?,$")


class Rule(NamedTuple):
    """One rule about files; `letters` without the ways to execute, which are all `x` here."""

    text: str
    pattern: re.Pattern
    letters: frozenset
    denies: bool


def parser(*arguments):
    """Runs apparmor_parser on a profile without a kernel; status and output."""
    done = subprocess.run(["apparmor_parser", "-Q", "-K", "-q", "-I", FOLDER, *arguments], capture_output=True,
                          timeout=30, check=False)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def verdict(path):
    """Status, and what the parser has to say against a profile; that this kernel has no AppArmor is nothing against it."""
    status, _, errors = parser(path)
    return status, [line for line in errors.splitlines() if "interface file missing" not in line]


def _expanded(pattern, variables):
    while found := re.search(r"@\{(\w+)\}(/?)", pattern):
        values = [value.rstrip("/") if found[2] else value for value in variables[found[1]]]
        pattern = pattern[:found.start()] + "{" + ",".join(values) + "}" + found[2] + pattern[found.end():]
    return pattern


def _regular(pattern):
    """An AppArmor pattern as a regular expression (apparmor.d(5), Globbing)."""
    out, depth, index = "", 0, 0
    while index < len(pattern):
        rest, character = pattern[index:], pattern[index]
        if character == "*":
            width = 2 if rest.startswith("**") else 1
            whole = index > 0 and pattern[index - 1] == "/" and pattern[index + width:index + width + 1] in ("", "/")
            out += ("." if width == 2 else "[^/]") + ("+" if whole else "*")
            index += width
            continue
        if character == "[":
            end = pattern.index("]", index)
            out += pattern[index:end + 1]
            index = end + 1
            continue
        if character == "{":
            depth += 1
        out += {"{": "(?:", "}": ")", "?": "[^/]"}.get(character) or ("|" if character == "," and depth else
                                                                     re.escape(character))
        if character == "}":
            depth -= 1
        index += 1
    return re.compile(out)


def _rules(text, variables):
    for line in text.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        found = _RULE.match(line)
        if not found:
            continue
        denies, pattern, letters = found.groups()
        yield Rule(line, _regular(_expanded(pattern.strip('"'), variables)),
                   frozenset("x" if letter in "ixPpCcUu" else letter for letter in letters), bool(denies))


def rules(name):
    """The rules of one of our profiles."""
    status, text, errors = parser("-p", os.path.join(FOLDER, name))
    if status != 0:
        raise AssertionError(f"{name}: {errors}")
    variables = {found[1]: [value.strip('"') for value in found[2].split()]
                 for found in re.finditer(r"^ *@\{(\w+)\} *=(.*)$", text, re.MULTILINE)}
    return list(_rules(text, variables))


def own_lines():
    """The rules about files that we wrote ourselves: `{line: file}`."""
    found = {}
    for top, _, files in os.walk(FOLDER):
        for file in files:
            with open(os.path.join(top, file)) as opened:
                for line in opened:
                    line = re.sub(r"(^|\s)#.*", "", line).strip()
                    if _RULE.match(line):
                        found[line] = file
    return found


def allowing(profile, kind, path):
    """The rules that allow `kind` (a letter) at `path`; none where a rule denies it."""
    fitting = [rule for rule in profile if rule.pattern.fullmatch(path)
               and (kind in rule.letters or (kind == "w" and "a" in rule.letters))]
    return [] if any(rule.denies for rule in fitting) else fitting
