"""Processes of the stack: tools that run to their end, and servers that outlive their command."""

import os
import subprocess

from hitstream.errors import Fatal
from hitstream.stack.contract import Command, Instance

TOOL_SECONDS = 300


def complete(instance: Instance, command: Command) -> str:
    """Run a tool of a server to its end, in the server's directory; return what it printed.

    Raises:
        Fatal: it failed; the message holds its last lines.
    """
    done = subprocess.run(
        command.arguments,
        env={**os.environ, **command.environment},
        cwd=instance.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=TOOL_SECONDS,
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-5:])
        raise Fatal(f"Preparing {instance.server.name} failed with {done.returncode}:\n{last}")
    return done.stdout
