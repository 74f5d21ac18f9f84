"""Writes the stack's own small files, whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from hitstream.errors import explained


def save(path: Path, value: Any) -> None:
    """Write JSON in the place of a file, so that a reader sees the old or the new one."""
    made = path.with_name(path.name + ".new")
    with explained(path):
        with made.open("w") as file:
            json.dump(value, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
