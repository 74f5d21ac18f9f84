"""Apache NiFi, with processors written in Python; plain HTTP without users, for loopback and private networks alone."""

import secrets
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from hitstream.stack.contract import Command, Instance, Javas, Server, Size
from hitstream.stack.nifi_assembly import assemble, copy_processors
from hitstream.stack.web import ask_json

_KEY_BYTES = 24
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
"""In other locales, Java does not find files whose names have other letters than English."""


def values(instance: Instance) -> Mapping[str, str]:
    """Say where what it is made of stands, and which Python runs processors."""
    return {
        "lib": str(_lib(instance)),
        "work": str(instance.home / "work"),
        "processors": str(_processors(instance)),
        "python": sys.executable,
    }


def prepare(instance: Instance) -> None:
    """Put it together, and tell it the key of what a flow keeps secret: made once, kept beside the flow."""
    assemble(_lib(instance), instance.jars)
    copy_processors(_shipped(), _processors(instance))
    key = instance.data / "sensitive.key"
    if not key.exists():
        made = key.with_name("sensitive.key.new")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(_KEY_BYTES))
        made.rename(key)
    properties = instance.conf / "nifi.properties"
    properties.chmod(0o600)
    with properties.open("a") as file:
        file.write(f"nifi.sensitive.props.key={key.read_text()}\n")


def command(instance: Instance) -> Command:
    """Run it in one JVM, without the one that usually watches it."""
    options = (
        f"-Dnifi.properties.file.path={instance.conf}/nifi.properties",
        "-Dorg.apache.nifi.management.server.address={}:{}".format(*instance.address("nifi", "management")),
        f"-Dorg.apache.nifi.bootstrap.config.log.dir={instance.logs}",
        "-Djava.awt.headless=true",
    )
    started = instance.jvm("org.apache.nifi.NiFi", options=options)
    return started._replace(environment={**started.environment, **_ENVIRONMENT})


def ready(instance: Instance) -> str:
    """Ask its REST interface for its version; it answers when the flow is loaded."""
    return str(ask_json(instance.address("nifi", "http"), "/nifi-api/flow/about")["about"]["version"])


def _lib(instance: Instance) -> Path:
    return instance.home / "lib"


def _processors(instance: Instance) -> Path:
    return instance.home / "processors"


def _shipped() -> Path:
    """Return the directory of hitstream's own processors, in the package or in the checkout."""
    packed = Path(str(files("hitstream.stack"))) / "processors"
    return packed if packed.is_dir() else Path(__file__).parents[4] / "deploy" / "nifi" / "extensions"


NIFI = Server(
    name="nifi",
    parts=("nifi", "nifi-extensions", "nifi-standard"),
    java=Javas(21, 25),
    ports={"http": 8080, "management": 52020},
    sizes={"small": Size(512), "normal": Size(768)},
    values=values,
    prepare=prepare,
    command=command,
    ready=ready,
    addresses={"HITSTREAM_NIFI": "http://${nifi_http}/nifi"},
)
