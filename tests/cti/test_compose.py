"""docker-compose.yml describes the same house, and keeps it to itself."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())


def test_asterisk_engine_database_and_broker_are_there_and_watched(compose: Any) -> None:
    services = compose["services"]
    assert {"asterisk", "engine", "postgres", "mosquitto"} <= set(services)
    assert all("healthcheck" in services[name] for name in ("asterisk", "engine", "postgres", "mosquitto"))


def test_every_published_port_is_on_loopback(compose: Any) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_ami_and_the_database_are_not_published(compose: Any) -> None:
    published = " ".join(
        port for service in compose["services"].values() for port in service.get("ports", [])
    )
    assert not any(port in published for port in ("5138", "4573", "5432"))


def test_no_secret_is_written_into_the_file(compose: Any) -> None:
    settings = [s.get("environment", {}) for s in compose["services"].values()]
    assert not any("PASSWORD" in name and not name.endswith("_FILE") for one in settings for name in one)


def test_what_is_built_and_mounted_exists(compose: Any) -> None:
    for service in compose["services"].values():
        if "build" in service:
            context = REPOSITORY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
    copied = [
        line.split()[1] for line in (REPOSITORY / "Dockerfile").read_text().splitlines() if line[:4] == "COPY"
    ]
    assert copied
    assert all((REPOSITORY / name).exists() for name in copied)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
def test_docker_compose_accepts_it() -> None:
    checked = subprocess.run(
        ["docker-compose", "config", "-q"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
