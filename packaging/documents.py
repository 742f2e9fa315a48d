#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What people and shells are told about slotscope's command line, made from the command table.

usage: documents.py bash|zsh|fish DESCRIPTION
       documents.py man DESCRIPTION TEMPLATE
       documents.py configuration SAMPLE

DESCRIPTION is what slotscope_describe prints. man fills TEMPLATE: @OPTIONS@ and @COMMANDS@, each on a line of its own,
and @VERSION@. configuration makes a file that changes nothing of one that has every key: what is no comment and not
empty becomes one, without a blank behind its #. The result goes to standard output.
"""

import json
import sys

# Where a value is a file, and where it is a backend that a running agent knows.
FILE_VALUES = {"PATH", "FILE", "DIR"}
BACKEND_VALUES = {"BACKEND"}


def flags(option):
    """"--output", or "-h" and "--help"."""
    return ["-" + name for name in option["short"]] + ["--" + name for name in option["long"]]


def named(options):
    return [option for option in options if not option["positional"]]


def positionals(command):
    return [option for option in command["options"] if option["positional"]]


def is_backend(option):
    return option["value"] in BACKEND_VALUES or option["positional"] in BACKEND_VALUES


def takes_backend(command):
    return any(is_backend(option) for option in positionals(command))


def unique_flags(options):
    seen = []
    for option in options:
        seen += [flag for flag in flags(option) if flag not in seen]
    return seen


# ---- man


def roff(text):
    """Text that troff prints as it is: no line is a request, a hyphen is a hyphen that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.split("\n"))


def option_paragraph(option):
    names = ", ".join("\\fB" + roff(flag) + "\\fR" for flag in flags(option))
    value = " \\fI" + roff(option["value"]) + "\\fR" if option["takes_value"] else ""
    choices = " (" + ", ".join(option["choices"]) + ")" if option["choices"] and \
        not all(choice in option["help"] for choice in option["choices"]) else ""
    return ".TP\n" + names + value + "\n" + roff(option["help"] + choices) + "."


def command_section(command):
    usage = "\\fBslotscope " + roff(command["name"]) + "\\fR"
    for option in named(command["options"]):
        if "help" in option["long"]:
            continue
        value = " \\fI" + roff(option["value"]) + "\\fR" if option["takes_value"] else ""
        usage += " [\\fB" + roff(flags(option)[-1]) + "\\fR" + value + "]"
    for option in positionals(command):
        usage += " [\\fI" + roff(option["positional"]) + "\\fR]"
    lines = [".SS " + roff(command["name"]), usage, ".PP", roff(capitalised(command["help"])) + "."]
    for option in command["options"]:
        if "help" in option["long"]:
            continue
        if option["positional"]:
            lines.append(".TP\n\\fI" + roff(option["positional"]) + "\\fR\n" + roff(option["help"]) + ".")
        else:
            lines.append(option_paragraph(option))
    if command["notes"]:
        lines.append(".PP\n" + roff(command["notes"]))
    return "\n".join(lines)


def capitalised(text):
    return text[:1].upper() + text[1:]


def man(description, template):
    text = template.replace("@VERSION@", description["version"])
    text = text.replace("@OPTIONS@", "\n".join(option_paragraph(option) for option in description["options"]))
    return text.replace("@COMMANDS@", "\n".join(command_section(command) for command in description["commands"]))


# ---- bash

# A name may be found in a file of a container: what the shell would expand (as compgen -W does) is never offered.
BASH = """# bash completion for slotscope(1), made from its command table
_slotscope_backends() {
    slotscope backends --output json 2>/dev/null |
        grep -oE '\\{"name":"[][A-Za-z0-9._:/@+,-]+"' | cut -d'"' -f4 | sort -u
}

_slotscope_offer() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_slotscope() {
    local cur prev words cword command="" i
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n : cur prev words cword
    else
        words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD - 1]}"
    fi
    if [[ "$cur" == "=" ]]; then
        cur=""
    elif [[ "$prev" == "=" ]]; then
        prev="${words[cword - 2]}"
    fi
    COMPREPLY=()
    for ((i = 1; i < cword; i++)); do
        case "${words[i]}" in
            @NAMES@)
                command="${words[i]}"
                break
                ;;
        esac
    done
    case "$prev" in
@VALUES@
        *)
            case "$command" in
                "") _slotscope_offer "@COMMANDS@ @FLAGS@" ;;
@CASES@
            esac
            ;;
    esac
    ! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}

complete -F _slotscope slotscope
"""


def bash_values(description):
    """A case for each option that takes a value."""
    rows = {}
    for options in [description["options"]] + [command["options"] for command in description["commands"]]:
        for option in named(options):
            if not option["takes_value"]:
                continue
            if option["choices"]:
                reply = '_slotscope_offer "' + " ".join(option["choices"]) + '"'
            elif option["value"] in FILE_VALUES:
                reply = 'mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
            elif is_backend(option):
                reply = '_slotscope_offer "$(_slotscope_backends)"'
            else:
                reply = ":"
            rows.setdefault(reply, []).extend(flag for flag in flags(option) if flag not in rows.get(reply, []))
    return "\n".join(f"        {' | '.join(names)}) {reply} ;;" for reply, names in rows.items())


def bash_case(command, common):
    words = " ".join(unique_flags(named(command["options"]) + common))
    backends = " $([[ $cur == -* ]] || _slotscope_backends)" if takes_backend(command) else ""
    return f'                {command["name"]}) _slotscope_offer "{words}{backends}" ;;'


def bash(description):
    names = [command["name"] for command in description["commands"]]
    text = BASH.replace("@VALUES@", bash_values(description)).replace("@NAMES@", " | ".join(names))
    text = text.replace("@COMMANDS@", " ".join(names)).replace("@FLAGS@", " ".join(unique_flags(description["options"])))
    cases = "\n".join(bash_case(command, description["options"]) for command in description["commands"])
    return text.replace("@CASES@", cases)


# ---- zsh

ZSH = """#compdef slotscope
# zsh completion for slotscope(1), made from its command table

_slotscope_backends() {
    local -a names
    names=(${(f)"$(slotscope backends --output json 2>/dev/null | grep -oE '\\{"name":"[^"\\\\]+"' | cut -d'"' -f4 | sort -u)"})
    compadd -a names
}

_slotscope() {
    local context state state_descr line
    typeset -A opt_args
    local -a commands common
    commands=(
@COMMANDS@
    )
    common=(
@COMMON@
    )
    _arguments -C $common '1: :->command' '*:: :->rest' && return
    case $state in
        command) _describe -t commands 'slotscope command' commands ;;
        rest)
            case $words[1] in
@CASES@
            esac
            ;;
    esac
}

if [[ $funcstack[1] == _slotscope ]]; then
    _slotscope "$@"
else
    compdef _slotscope slotscope
fi
"""


def zsh_quoted(text):
    return text.replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def zsh_option(option):
    if option["positional"]:
        return "'::" + option["positional"].lower() + ":" + ("_slotscope_backends" if is_backend(option) else "") + "'"
    names = flags(option)
    tail = "[" + zsh_quoted(option["help"]) + "]"
    if option["takes_value"]:
        tail += ":" + zsh_quoted(option["value"]) + ":"
        if option["choices"]:
            tail += "(" + " ".join(option["choices"]) + ")"
        elif option["value"] in FILE_VALUES:
            tail += "_files"
        elif is_backend(option):
            tail += "_slotscope_backends"
    if len(names) > 1:
        return "'(" + " ".join(names) + ")'{" + ",".join(names) + "}'" + tail + "'"
    return "'" + names[0] + ("=" if option["takes_value"] else "") + tail + "'"


def zsh_case(command, common):
    known = {flag for option in command["options"] for flag in flags(option)}
    options = command["options"] + [option for option in common if not known & set(flags(option))]
    lines = " \\\n".join("                        " + zsh_option(option) for option in options)
    return f"                {command['name']})\n                    _arguments \\\n{lines}\n                    ;;"


def zsh(description):
    commands = description["commands"]
    rows = "\n".join(f"        '{command['name']}:{zsh_quoted(command['help'])}'" for command in commands)
    text = ZSH.replace("@COMMANDS@", rows)
    text = text.replace("@COMMON@", "\n".join("        " + zsh_option(option) for option in description["options"]))
    return text.replace("@CASES@", "\n".join(zsh_case(command, description["options"]) for command in commands))


# ---- fish


def fish_quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_option(option, condition):
    line = "complete -c slotscope" + condition
    for name in option["short"]:
        line += " -s " + name
    for name in option["long"]:
        line += " -l " + name
    if option["takes_value"]:
        if option["choices"]:
            line += " -x -a " + fish_quoted(" ".join(option["choices"]))
        elif option["value"] in FILE_VALUES:
            line += " -r -F"
        elif is_backend(option):
            line += " -x -a '(__slotscope_backends)'"
        else:
            line += " -x"
    return line + " -d " + fish_quoted(option["help"])


def fish(description):
    lines = ["# fish completion for slotscope(1), made from its command table",
             "function __slotscope_backends",
             "    slotscope backends --output json 2>/dev/null | string match -ra '\\{\"name\":\"([^\"\\\\\\\\]*)\"' |"
             " string match -v '*{*' | sort -u",
             "end", "", "complete -c slotscope -f"]
    lines += [fish_option(option, "") for option in description["options"]]
    names = " ".join(command["name"] for command in description["commands"])
    for command in description["commands"]:
        lines.append(f"complete -c slotscope -n 'not __fish_seen_subcommand_from {names}' -a {command['name']} -d "
                     + fish_quoted(command["help"]))
        condition = f" -n '__fish_seen_subcommand_from {command['name']}'"
        for option in command["options"]:
            if option["positional"] and is_backend(option):
                lines.append("complete -c slotscope" + condition + " -a '(__slotscope_backends)'")
            elif not option["positional"] and "help" not in option["long"]:
                lines.append(fish_option(option, condition))
    return "\n".join(lines) + "\n"


# ---- configuration

HEADER = "# slotscoped(8) reads this when it starts; `systemctl reload slotscoped` makes it take changed limits.\n"


def configuration(sample):
    lines = [line if not line.strip() or line.startswith("#") else "#" + line for line in sample.splitlines()]
    return HEADER + "\n".join(lines) + "\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main(arguments):
    makers = {"bash": bash, "zsh": zsh, "fish": fish}
    if len(arguments) == 4 and arguments[1] == "man":
        sys.stdout.write(man(json.loads(read(arguments[2])), read(arguments[3])))
    elif len(arguments) == 3 and arguments[1] == "configuration":
        sys.stdout.write(configuration(read(arguments[2])))
    elif len(arguments) == 3 and arguments[1] in makers:
        sys.stdout.write(makers[arguments[1]](json.loads(read(arguments[2]))))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
