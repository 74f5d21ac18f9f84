"""Every command, from the command line itself."""

from collections.abc import Iterator
from typing import Any

from reference.tables import code, table

HEAD = """# Commands

From `hitstream --help`, command by command. An option that has a variable is a [setting](../settings.md): it may also
stand in the environment or in `hitstream.toml`. [Exit codes](../settings.md#exit-codes) say how a command ended.

"""


def page() -> str:
    """Return the page."""
    from typer.main import get_command

    from hitstream.cli import app

    commands = list(_commands(get_command(app), "hitstream"))
    index = table(
        ("command", "what it does"),
        [(f"[`{name}`](#{_anchor(name)})", _summary(command)) for name, command in commands],
    )
    return HEAD + index + "".join(_command(name, command) for name, command in commands)


def _commands(group: Any, name: str) -> Iterator[tuple[str, Any]]:
    for word, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def _command(name: str, command: Any) -> str:
    arguments = [each for each in command.params if not each.opts[0].startswith("-")]
    options = [each for each in command.params if each.opts[0].startswith("-")]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *map(_argument, arguments)])
    said = f"\n## {name}\n\n{_help(command)}\n\n`{usage}`\n"
    if arguments:
        said += "\n" + table(
            ("argument", "what it is"), [(code(_argument(each)), each.help or "") for each in arguments]
        )
    if options:
        head = ("option", "default", "variable", "what it is")
        said += "\n" + table(head, [_option(each) for each in options])
    return said


def _option(option: Any) -> tuple[str, str, str, str]:
    names = ", ".join(code(name) for name in (*option.opts, *option.secondary_opts))
    choices = getattr(option.type, "choices", None)
    more = f" One of {', '.join(map(str, choices))}." if choices else ""
    default = "" if option.default in (None, False, True) or callable(option.default) else code(option.default)
    return names, default, code(option.envvar), (option.help or "") + more


def _argument(argument: Any) -> str:
    name = argument.name.upper()
    return f"{name if argument.required else f'[{name}]'}{'...' if argument.nargs == -1 else ''}"


def _help(command: Any) -> str:
    return str(command.help or "").strip()


def _summary(command: Any) -> str:
    return _help(command).split("\n\n")[0]


def _anchor(name: str) -> str:
    return name.replace(" ", "-")
