"""A stand-alone Spark cluster on this machine's loopback: a master, workers, and a Spark Connect server before them."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster: the address of its Connect server, and the folder of everybody's logs."""

    remote: str
    logs: Path

    def executors(self) -> list[int]:
        """How many executors each worker was asked to launch."""
        return [
            len(re.findall("Asked to launch executor", log.read_text())) for log in sorted(self.logs.glob("worker*"))
        ]


def lacking(home: Path | None) -> str | None:
    """What this machine lacks for a cluster, with the command that helps; None if nothing."""
    if home is None or not (home / "bin" / "spark-class").is_file():
        return "Spark itself is not installed: run `make soak`, or set EARNEST_SPARK_HOME to a Spark 4"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "Java is not installed: install a Java 17 runtime (Debian: apt-get install openjdk-17-jre-headless)"
    return None


@contextlib.contextmanager
def cluster(home: Path, folder: Path, *, workers: int) -> Iterator[Cluster]:
    """Start a cluster of workers with one core each; whatever happens, none of its processes outlives the block."""
    folder.mkdir(parents=True)
    master_port, connect_port = _free_port(), _free_port()
    url = f"spark://{HOST}:{master_port}"
    with contextlib.ExitStack() as stack:

        def start(name: str, command: Sequence[str]) -> Path:
            return stack.enter_context(
                _process(name, [str(home / "bin" / command[0]), *command[1:]], home=home, folder=folder)
            )

        master = start("master", ("spark-class", "org.apache.spark.deploy.master.Master", "--host", HOST,
                                  "--port", str(master_port), "--webui-port", "0"))  # fmt: skip
        _wait("the master", master, lambda: _listens(master_port))
        for number in range(workers):
            start(f"worker{number}", ("spark-class", "org.apache.spark.deploy.worker.Worker", "--host", HOST, "--cores", "1",
                                      "--memory", "1g", "--webui-port", "0", "--work-dir", str(folder / f"work{number}"), url))  # fmt: skip
        _wait("the workers", master, lambda: master.read_text().count("Registering worker") == workers)
        settings = {
            "spark.connect.grpc.binding.address": HOST,
            "spark.connect.grpc.binding.port": connect_port,
            "spark.driver.host": HOST,
            "spark.driver.memory": "1g",
            "spark.executor.memory": "1g",
            "spark.sql.shuffle.partitions": 2 * workers,
            "spark.ui.enabled": "false",
        }
        listed = [text for name, value in settings.items() for text in ("--conf", f"{name}={value}")]
        connect = start("connect", ("spark-submit", "--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
                                    "--master", url, *listed, "spark-internal"))  # fmt: skip
        _wait("the Connect server", connect, lambda: _listens(connect_port))
        yield Cluster(f"sc://{HOST}:{connect_port}", folder)


@contextlib.contextmanager
def _process(name: str, command: Sequence[str], *, home: Path, folder: Path) -> Iterator[Path]:
    """A process in a group of its own, ended with its children; yields its log."""
    own = {
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_CONF_DIR": str(folder),
        "LC_ALL": "C.UTF-8",
    }
    log = folder / name
    with log.open("wb") as stream:
        running = subprocess.Popen(
            command, env=os.environ | own, cwd=folder, stdout=stream, stderr=stream, start_new_session=True
        )
        try:
            yield log
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.wait(timeout=15)


def _wait(who: str, log: Path, ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < until, f"{who} did not start:\n{log.read_text()[-3000:]}"
        time.sleep(0.2)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
