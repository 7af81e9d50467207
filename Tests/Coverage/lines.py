"""Reads lcov from standard input; prints lines executed by module, and the ranges of lines that were not, with the function around them.

usage: lines.py ROOT MODULE...
"""

import os
import re
import sys

DECLARATION = re.compile(r"^\s*(?:@\w+ )*(?:package |private |fileprivate |static |mutating |override |final )*"
                         r"(func \S+?|init[?]?|var \w+|subscript|deinit)(?=[(<:{ ])")


def counts():
    """By file, by line: how often it was executed, at most."""
    files, lines = {}, {}
    for record in sys.stdin:
        if record.startswith("SF:"):
            lines = files.setdefault(record[3:].strip(), {})
        elif record.startswith("DA:"):
            line, count = record[3:].split(",")[:2]
            lines[int(line)] = max(lines.get(int(line), 0), int(count))
    return files


def ranges(lines, source):
    """Lines not executed as (first, last, function); lines without code in between do not split a range, another function does."""
    found, is_open = [], False
    for line in sorted(lines):
        if lines[line]:
            is_open = False
            continue
        name = around(source, line)
        if is_open and found[-1][2] == name:
            found[-1] = (found[-1][0], line, name)
        else:
            found.append((line, line, name))
        is_open = True
    return found


def around(source, line):
    """The name of the function in which a line stands, and where that begins."""
    for number in range(min(line, len(source)) - 1, -1, -1):
        match = DECLARATION.match(source[number])
        if match:
            return match.group(1).removeprefix("func ").removeprefix("var "), number
    return "?", 0


def main():
    root, modules = os.path.realpath(sys.argv[1]), sys.argv[2:]
    files = counts()
    by_module = {module: [] for module in modules}
    for path in sorted(files):
        real = os.path.realpath(path)
        for module in modules:
            if f"/Sources/{module}/" in real:
                by_module[module].append((real, files[path]))
    if not any(by_module.values()):
        sys.exit("nothing was counted")
    print(f"{'module':<12}{'lines':>8}{'executed':>10}{'share':>9}")
    for module, entries in by_module.items():
        total = sum(len(lines) for _, lines in entries)
        done = sum(sum(1 for count in lines.values() if count) for _, lines in entries)
        if total:
            print(f"{module:<12}{total:>8}{done:>10}{done / total:>9.1%}")
    print("\nnot executed")
    for entries in by_module.values():
        for path, lines in entries:
            with open(path, encoding="utf-8") as file:
                source = file.read().split("\n")
            name = os.path.relpath(path, root) if path.startswith(root) else path[path.index("/Sources/") + 1:]
            for first, last, (function, _) in ranges(lines, source):
                span = f"{first}" if first == last else f"{first}-{last}"
                print(f"  {name}:{span}  {function}")


main()
