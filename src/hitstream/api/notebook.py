"""What a notebook needs whichever Jupyter runs it."""

import os
import sys
from pathlib import Path


def prepare_notebook() -> None:
    """Let `!hitstream` be the one of this kernel, whatever is on PATH, and let charts stay in HTML exports."""
    scripts = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if path.split(os.pathsep)[0] != scripts:
        os.environ["PATH"] = f"{scripts}{os.pathsep}{path}"
    keep_charts_in_exports()


def keep_charts_in_exports() -> None:
    """Let Plotly write charts as HTML beside its own type, which exports leave out; not where a renderer is chosen."""
    from plotly.io import renderers

    if renderers.default == "plotly_mimetype" and "PLOTLY_RENDERER" not in os.environ:
        renderers.default = "plotly_mimetype+notebook"
