"""What programs do with files, as strace saw it."""

import re
from typing import NamedTuple

CALLS = "trace=%file,mmap,flock,ftruncate,fchmod,fchown,bind,connect,clone,clone3,vfork"
OPTIONS = ["-f", "-y", "-qq", "-s", "256", "-e", CALLS, "-e", "signal=none"]


class Act(NamedTuple):
    """One thing that a program did with a path: `kind` is a letter of AppArmor's, r w k m x."""

    program: str
    kind: str
    path: str


# Calls that look at names only need no right.
_CHANGES = {"unlink", "unlinkat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "rmdir", "symlink", "link",
            "mknod", "chmod", "fchmodat", "chown", "truncate"}


def acts(text, first):
    """The acts of a trace, each with the name of the program that did it; `first` is the one that was traced."""
    programs, found, pending = {}, set(), {}
    # A child starts as a copy of its parent, and may be seen before the parent's call returns.
    parents = {child: pid for pid, child in re.findall(
        r"^(\d+) +(?:(?:clone3?|vfork)\(|<\.\.\. (?:clone3?|vfork) resumed>).* = (\d+)", text, re.MULTILINE)}
    for line in text.splitlines():
        parts = re.match(r"(\d+) +(.*)", line)
        if not parts:
            continue
        pid, rest = parts.groups()
        if rest.endswith("<unfinished ...>"):
            pending[pid] = rest[:-len("<unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", rest)
        if resumed:
            rest = pending.pop(pid, "") + resumed[1]
        call = re.match(r"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+)(?:<(.*)>)?", rest)
        if not call:
            continue
        name, arguments, result, opened = call.groups()
        if result.startswith("-"):
            continue
        program = programs.setdefault(pid, programs.get(parents.get(pid), first))
        for act in _acts(name, arguments, opened):
            found.add(Act(program, *act))
        if name in ("execve", "execveat"):
            programs[pid] = _program(arguments).rsplit("/", 1)[1]
    return found


def _program(arguments):
    """What execve(2) names, or execveat(2) by descriptor."""
    return re.match(r'(?:\d+<([^>]*)>, )?"([^"]*)"', arguments)[1] or re.match(r'"([^"]*)"', arguments)[1]


def _acts(name, arguments, opened):
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"', arguments)
    at = re.match(r"\d+<(/[^>]*)>", arguments)
    if name in ("open", "openat", "creat") and "O_PATH" not in arguments:
        if not opened:
            raise ValueError(f"strace could not tell what was opened: {arguments}")
        # AppArmor tells folders by the stroke at their end.
        opened += "/" if "O_DIRECTORY" in arguments else ""
        if re.search(r"O_RDONLY|O_RDWR", arguments):
            yield "r", opened
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", arguments):
            yield "w", opened
    elif name in ("execve", "execveat"):
        yield "x", _program(arguments)
    elif name in ("readlink", "readlinkat"):
        yield "r", quoted[0]
    elif name in _CHANGES:
        for path in quoted[:2] if name.startswith("rename") else quoted[:1]:
            yield "w", path + ("/" if "dir" in name else "")
    elif name == "flock" and at:
        yield "k", at[1]
    elif name in ("ftruncate", "fchmod", "fchown") and at:
        yield "w", at[1]
    elif name == "mmap" and "PROT_EXEC" in arguments:
        mapped = re.search(r"\d+<(/[^>]*)>", arguments)
        if mapped:
            yield "m", mapped[1]
    elif name in ("bind", "connect") and "sun_path=\"/" in arguments:
        path = re.search(r'sun_path="([^"]*)"', arguments)[1]
        yield "w", path
        if name == "connect":
            yield "r", path
