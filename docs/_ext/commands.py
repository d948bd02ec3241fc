"""The options of all commands, from the commands themselves."""

from pathlib import Path

_HEAD = """Commands and their options
==========================

As ``skaudio COMMAND --help`` has them. What values look like is told in :doc:`cli`.

"""


def _options(command):
    import typer

    context = typer.Context(command) if hasattr(typer, "Context") else None
    rows = []
    for parameter in command.params:
        if parameter.name == "help":
            continue
        names = (
            ", ".join(parameter.opts + parameter.secondary_opts)
            if parameter.param_type_name == "option"
            else (parameter.make_metavar(context) if parameter.metavar is None else parameter.metavar)
        )
        text = " ".join((getattr(parameter, "help", None) or "").split()).replace("*", r"\*")
        default = parameter.default
        if isinstance(default, (str, int, float)) and not isinstance(default, bool) and default != "":
            text += f" Default: ``{default}``."
        rows.append((f"``{names}``", text))
    return rows


def _section(name, command, level):
    commands = getattr(command, "commands", None)
    lines = [name, "-~"[level] * len(name), "", " ".join((command.help or "").split()), ""]
    if commands:
        for each in commands:
            lines += _section(f"{name} {each}", commands[each], level + 1)
        return lines
    lines += [".. list-table::", "   :widths: 35 65", ""]
    for option, text in _options(command):
        lines += [f"   * - {option}", f"     - {text}"]
    return [*lines, ""]


def write(app, config):
    """Write the page of the commands."""
    import typer

    from skaudio.cli._app import app as commands

    found = typer.main.get_command(commands)
    text = _HEAD
    for name, command in found.commands.items():
        text += "\n".join(_section(f"skaudio {name}", command, 0)) + "\n"
    path = Path(app.srcdir) / "reference" / "commands.rst"
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def setup(app):
    """Have Sphinx write the page before it reads any."""
    app.connect("config-inited", write)  # before Sphinx looks which pages there are
    return {"parallel_read_safe": True}
