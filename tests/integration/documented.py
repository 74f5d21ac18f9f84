"""The command blocks of the README and the documentation, and how they are run.

Blocks of `sh`, `console` and `python` are commands. What is not to be seen on the page stands in comments before a
block:

    <!-- before: COMMAND -->    runs first, from there on in the page
    <!-- beside: COMMAND -->    a server that runs while the rest of the page is tried; it is waited for
    <!-- runs until: TEXT -->   the block goes on for ever: it is interrupted once it has said TEXT
    <!-- not run: WHY -->

A page runs from top to bottom in a directory of its own, in which `access.log` and /var/log/nginx are generated.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hitstream.sources.generate import Traffic
from waiting import PATIENCE_SECONDS

CHECKOUT = Path(__file__).parents[2]
PAGES = [CHECKOUT / "README.md", CHECKOUT / "ARCHITECTURE.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
COMMANDS = ("sh", "console", "python")
OTHERS = ("text", "nginx", "yaml", "ini", "toml", "json", "sql", "dockerfile")
NOTES = ("before", "beside", "runs until", "not run")
LEFT_TO = {
    "docs/stack.md": "tests/integration/stack",
    "docs/cluster.md": "tests/integration",
    "docs/docker.md": "tests",
    "docs/ec2.md": "tests",
}
"""Pages of real servers, and the tests that do with them what the pages say."""
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_NOTE = re.compile(r"<!-- ([a-z ]+): (.*?) -->\n", re.DOTALL)


@dataclass
class Block:
    """A block of code, and the comments before it."""

    page: Path
    line: int
    language: str
    text: str
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self):
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"

    @property
    def is_run(self):
        left = str(self.page.relative_to(CHECKOUT)) in LEFT_TO or "not run" in dict(self.notes)
        return self.language in COMMANDS and not left


def blocks(page):
    """Return the blocks of a page, with the comments between each and the block before it."""
    text, found, end = page.read_text(), [], 0
    for fence in _FENCE.finditer(text):
        notes = _NOTE.findall(text[end : fence.start()])
        found.append(Block(page, text.count("\n", 0, fence.start()) + 1, fence[1], fence[2], notes))
        end = fence.end()
    return found


class Place:
    """A directory as a reader's: logs, the commands on the path, a port of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.beside = []
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            self.port = tried.getsockname()[1]
        logs = folder / "var" / "log" / "nginx"
        logs.mkdir(parents=True)
        start = datetime.now(UTC) - timedelta(days=2)
        traffic = b"".join(Traffic(lines=3_000, days=2, start=start, format="combined").blocks())
        for name in (folder / "access.log", logs / "access.log"):
            name.write_bytes(traffic)
        (folder / ".venv").symlink_to(Path(sys.prefix))

    @property
    def environment(self):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        named = {"PATH": path, "HITSTREAM_PORT": str(self.port), "HITSTREAM_CACHE": str(_cache())}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HITSTREAM_")}
        return kept | named | {"HOME": str(self.folder)}

    def mapped(self, text):
        """Return commands with the machine's places and the page's port moved here."""
        return text.replace("/var/log/", f"{self.folder}/var/log/").replace(":8050", f":{self.port}")

    def begin(self, text, language="sh"):
        command = [sys.executable, "-c"] if language == "python" else ["bash", "-euo", "pipefail", "-c"]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        return subprocess.Popen([*command, self.mapped(text)], cwd=self.folder, env=self.environment, **options)

    def run(self, block):
        """Run a block and what stands before it."""
        for name, text in block.notes:
            if name == "before":
                self.finish(self.begin(text), f"{block}, before")
            if name == "beside":
                self.beside.append(self.wait(self.begin(text), "hitstream is at", str(block)))
        until = next((text for name, text in block.notes if name == "runs until"), None)
        process = self.begin(typed(block), block.language)
        if until is None:
            self.finish(process, str(block))
        else:
            end(self.wait(process, until, str(block)))

    def finish(self, process, what):
        try:
            said, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"{what}: did not end") from None
        assert process.returncode == 0, f"{what}: ended with {process.returncode}\n{said}"

    def wait(self, process, text, what):
        """Wait until a process has said a text."""
        until, said = time.monotonic() + PATIENCE_SECONDS, ""
        while text not in said:
            line = process.stdout.readline()
            assert line and time.monotonic() < until, f"{what}: ended, and never said {text!r}\n{said}"
            said += line
        return process

    def leave(self):
        for process in self.beside:
            end(process)


def end(process):
    """Interrupt a process as Ctrl-C does, and all that it started."""
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)


def typed(block):
    """Return what a reader types: in a console the lines after a `$`."""
    if block.language != "console":
        return block.text
    return "\n".join(line.removeprefix("$ ") for line in block.text.splitlines() if line.startswith("$ "))


def _cache():
    return Path(os.environ.get("HITSTREAM_CACHE") or Path.home() / ".cache" / "hitstream")
