"""The command as a user runs it: a process of its own."""

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

# What TensorFlow and its libraries say, unless they are kept from it.
NOISE = re.compile(r"tensorflow|keras|oneDNN|cpu_feature_guard|absl|cuda|xla|rebuild", re.IGNORECASE)

# What is written to the descriptors themselves counts too, as TensorFlow does.
_ONE_BY_ONE = """
import json, os, sys, tempfile, traceback
from skaudio.cli import main

def answer(arguments):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        real = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        try:
            main(arguments)
            status = 0
        except SystemExit as stop:
            status = stop.code or 0
        except Exception:
            traceback.print_exc()
            status = 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(real[0], 1)
            os.dup2(real[1], 2)
        out.seek(0)
        err.seek(0)
        return {"returncode": status, "stdout": out.read().decode(), "stderr": err.read().decode()}

print(json.dumps([answer(arguments) for arguments in json.load(sys.stdin)]))
"""


def _run(*arguments, cwd, **parameters):
    # Wide, so that no table folds a name in two.
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "250", "PYTHONIOENCODING": "utf-8"},
        **parameters,
    )


def skaudio_command(*arguments, cwd=None, **parameters):
    return _run("-m", "skaudio.cli", *map(str, arguments), cwd=cwd, **parameters)


def skaudio_commands(commands, *, cwd):
    """Run commands one after another in one process, since each takes two seconds in one of its own."""
    done = _run("-c", _ONE_BY_ONE, cwd=cwd, input=json.dumps(commands))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [SimpleNamespace(**answer) for answer in json.loads(done.stdout)]
