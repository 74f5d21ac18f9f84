"""The EC2 host's user data and bootstrap, run as they are in a Debian container, with the engine of this machine."""

import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from composed import Page, answered, free_port, lines

from waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.slow]
CHECKOUT = Path(__file__).parents[2]
BASE = os.environ.get("BASE_IMAGE", "debian:bookworm-20251020-slim")
PROJECT = "hitstream-bootstrap"
LINES = 5_000
PASSED_ON = ("BASE_IMAGE", "BUILD_NETWORK", "COMPOSE_BAKE")


def _user_data(values: dict[str, str]) -> str:
    """Return the template's user data, filled in as CloudFormation does."""
    text = (CHECKOUT / "deploy" / "ec2" / "hitstream.yaml").read_text()
    found = re.search(r"Fn::Base64: !Sub \|\n(.*?)\n\n", text, re.DOTALL)
    assert found
    lines = found[1].splitlines()
    margin = len(lines[0]) - len(lines[0].lstrip())
    return re.sub(r"\$\{([\w:]+)\}", lambda match: values[match[1]], "\n".join(line[margin:] for line in lines)) + "\n"


class Host:
    """A Debian container that stands for the EC2 host; the engine is that of the machine beneath it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
        mounts = ["--volume", f"{engine}:/var/run/docker.sock", "--volume", f"{place}:{place}"]
        made = _docker("run", "--detach", "--init", "--network", "host", *mounts, BASE, "sleep", "infinity")
        self.name = made.stdout.strip()

    def run(self, script: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return _docker("exec", self.name, "bash", "-c", script, check=check)

    def write(self, path: str, content: str, mode: str = "0644") -> None:
        put = f"mkdir -p $(dirname {path}) && cat > {path} && chmod {mode} {path}"
        command = ["docker", "exec", "--interactive", self.name, "bash", "-c", put]
        subprocess.run(command, input=content, text=True, check=True)

    def lose_power(self) -> None:
        _docker("kill", self.name)
        _docker("start", self.name)

    def end(self) -> None:
        self.run(
            "cd /opt/hitstream/*/deploy/compose && set -a && . /etc/hitstream/host.env && docker compose down -v", False
        )
        _docker("rm", "--force", self.name)


def _docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


def _source(place: Path) -> tuple[Path, str]:
    """Pack the checkout as it is now, as `git archive` packs a commit."""
    made = place / "source.tar.gz"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    command = ["tar", "--null", "--files-from=-", "-czf", made]
    subprocess.run(command, cwd=CHECKOUT, input=listed.stdout, check=True)
    return made, hashlib.sha256(made.read_bytes()).hexdigest()


def _plugin(name: str) -> tuple[str, str]:
    """Return this machine's plugin as an address, and its checksum: no other is reachable everywhere."""
    config = Path(os.environ.get("DOCKER_CONFIG", Path.home() / ".docker"))
    places = [
        config / "cli-plugins",
        *map(Path, ("/usr/local/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins")),
    ]
    file = next(place / name for place in places if (place / name).exists())
    return str(file), hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Host]:
    place = tmp_path_factory.mktemp("host")
    place.chmod(0o755)
    made = Host(place)
    try:
        _prepare(made, port)
        yield made
    finally:
        made.end()


def _prepare(host: Host, port: int) -> None:
    """Lay what cloud-init would, and tell the host that it is here instead of there."""
    source, digest = _source(host.place)
    told = {"Tier": "embedded", "SourceBucket": "b", "SourceKey": "k", "SourceSha256": digest, "Log": "logs"}
    user_data = _user_data({**told, "AWS::StackName": "", "AWS::Region": "here"})
    for file in yaml.safe_load(user_data)["write_files"]:
        host.write(file["path"], file["content"], file.get("permissions", "0644"))
    host.write("/etc/hitstream/user-data.yaml", user_data)
    override = host.place / "host-network.yaml"
    service = {"network_mode": "host", "environment": {"HITSTREAM_PORT": str(port)}}
    override.write_text(yaml.safe_dump({"services": {"hitstream": service}}) + "    ports: !reset []\n")
    (host.place / "data" / "logs").mkdir(parents=True)
    (host.place / "data" / "logs" / "access.log").write_bytes(lines(3, LINES))
    here = {"SOURCE": f"file://{source}", "DEVICE": "", "MOUNT": f"{host.place}/data", "COMPOSE_PROJECT_NAME": PROJECT}
    here["COMPOSE_FILE"] = f"/opt/hitstream/{digest}/deploy/compose/compose.yaml:{override}"
    for name in ("compose", "buildx"):
        file, checksum = _plugin(f"docker-{name}")
        address = host.place / f"docker-{name}"
        address.write_bytes(Path(file).read_bytes())
        here |= {f"{name.upper()}_URL": f"file://{address}", f"{name.upper()}_SHA256": checksum}
    here |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    lines_of_file = "".join(f"{name}={value}\n" for name, value in here.items())
    host.run(f"cat >> /etc/hitstream/host.env <<'E'\n{lines_of_file}E")
    host.run(
        "apt-get update -qq && apt-get install -y -qq --no-install-recommends curl ca-certificates >/dev/null 2>&1"
    )


UNIT = "set -a; . /etc/hitstream/host.env; set +a; {} exec /usr/local/sbin/hitstream-host"
"""What the unit does: the environment of its file, then its command."""


def test_cloud_init_knows_every_key_of_the_user_data(host: Host) -> None:
    host.run("DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cloud-init >/dev/null 2>&1")
    assert "Valid" in host.run("cloud-init schema --config-file /etc/hitstream/user-data.yaml 2>&1").stdout


def test_a_source_of_another_checksum_never_runs(host: Host) -> None:
    done = host.run(UNIT.format(f"SHA256={'0' * 64};"), check=False)
    assert done.returncode != 0
    assert "FAILED" in done.stdout + done.stderr
    assert host.run("ls /opt/hitstream").stdout == ""


def test_a_plugin_of_another_checksum_is_not_installed(host: Host) -> None:
    done = host.run(UNIT.format(f"COMPOSE_SHA256={'0' * 64};"), check=False)
    assert done.returncode != 0
    assert host.run("ls /usr/local/lib/docker/cli-plugins").stdout.strip() in ("", "docker-compose.part")


def test_it_goes_on_where_it_was_cut_off_until_the_dashboard_is_healthy(host: Host, port: int) -> None:
    command = ["docker", "exec", host.name, "bash", "-c", UNIT.format("")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as cut:
        assert cut.stdout
        for line in cut.stdout:
            if "building" in line:
                break
        host.lose_power()

    said = host.run(UNIT.format("")).stdout
    assert "is healthy" in said and "installing" not in said and "fetching" not in said
    inside = f"docker exec {PROJECT}-hitstream-1 cat /data/password"
    page = answered(lambda: Page(port, host.run(inside).stdout.strip()))
    assert answered(lambda: page.answer("/totals")["hits"] == LINES)


def test_another_boot_changes_nothing(host: Host) -> None:
    before = host.run("docker ps --quiet --no-trunc").stdout
    began = time.monotonic()
    assert "is healthy" in host.run(UNIT.format("")).stdout
    print(f"another boot: {time.monotonic() - began:.1f} s")
    assert host.run("docker ps --quiet --no-trunc").stdout == before
