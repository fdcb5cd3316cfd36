"""A session on a Spark Connect server that was asked for by its address, and the proof that it sees our files.

Spark and Earnest share nothing but a file system. So before anything is built, random numbers are written here, read and
written back by Spark, and read here again: a server that looks at another disk is refused before it costs an hour.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow
import pyarrow.parquet

from earnest.kernel.errors import EnvironmentProblem, UsageError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

PORT = 15002
PATIENCE_SECONDS = 10
RETRIES = 8
"""After 50 ms, 200 ms … at most 15 s: a server that is gone for a minute is given up."""
SETTINGS = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a wrong number
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
}
_NOT_IN_PATHS = set("%*?[]{}#\\\n")


def uri(path: Path) -> str:
    """A file or folder as Spark is to be told of it."""
    return f"file://{path}"


def address_of(remote: str) -> str:
    """host:port of a Spark Connect address, without the secrets that may follow it."""
    parts = urlsplit(remote)
    try:
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, PORT
    if parts.scheme != "sc" or not host:
        raise UsageError(
            "not-a-spark-address",
            f"'{remote.partition(';')[0]}' is not the address of a Spark Connect server",
            hint=f"Write sc://host:port, for example --remote sc://localhost:{PORT}",
        )
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_path(tables: Path) -> None:
    """Refuse a path that means another thing to Spark."""
    strange = sorted(_NOT_IN_PATHS & set(str(tables)))
    if strange:
        raise EnvironmentProblem(
            "remote-cannot-see-workspace",
            f"Spark takes {' '.join(map(repr, strange))} in the path {tables} for a pattern",
            hint="Move the workspace to a folder without these characters in its path.",
        )


@contextlib.contextmanager
def open_session(remote: str, address: str) -> Iterator[SparkSession]:
    """A session of our own on the server, ended when done; what fails in it is an `EnvironmentProblem`."""
    import_client()
    import grpc
    from pyspark.errors import PySparkException
    from pyspark.sql.connect.client import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    try:
        with contextlib.closing(DefaultChannelBuilder(remote).toChannel()) as channel:
            grpc.channel_ready_future(channel).result(timeout=PATIENCE_SECONDS)
    except (grpc.FutureTimeoutError, PySparkException) as error:
        raise EnvironmentProblem(
            "remote-unreachable",
            f"no Spark Connect server answered at {address} within {PATIENCE_SECONDS} seconds",
            hint="Start it, or correct --remote. Nothing was changed.",
        ) from error
    session = SparkSession.builder.remote(remote).create()
    session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES, max_backoff=15_000)])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pyspark")  # it warns of what it raises a moment later
        try:
            _greet(session, address)
            yield session
        except (PySparkException, grpc.RpcError) as error:
            raise EnvironmentProblem(
                "remote-failed",
                f"Spark at {address} failed: {_first_line(error)}",
                hint="Nothing was changed. Its own log says more; try again, or build here: earnest build",
            ) from error
        finally:
            session.client.set_retry_policies([])
            session.stop()


def import_client() -> None:
    """Import what the extra brings.

    Raises:
        EnvironmentProblem: `spark-not-installed`.
    """
    # Spark's client takes a main module without a file (python -c, a test's worker process) for its own doctests and exits.
    main = sys.modules["__main__"]
    nameless = not hasattr(main, "__file__")
    if nameless:
        main.__file__ = sys.executable
    try:
        for name in ("grpc", "sqlglot", "pyspark.sql.connect.session"):
            importlib.import_module(name)
    except ImportError as error:
        raise EnvironmentProblem(
            "spark-not-installed",
            f"Spark's client is not installed ({error})",
            hint="pip install 'earnest[spark]'",
        ) from error
    finally:
        if nameless:
            del main.__file__


def _greet(session: SparkSession, address: str) -> None:
    """Hear from the server that it is Spark, and say how we want it to compute."""
    from pyspark.errors import PySparkException

    try:
        _ = session.version
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
    except PySparkException as error:
        raise EnvironmentProblem(
            "remote-not-spark",
            f"what answers at {address} does not speak Spark Connect",
            hint=f"Give the address of a Spark Connect server; its port is {PORT} unless it was changed.",
        ) from error


def check_sight(session: SparkSession, tables: Path, address: str) -> None:
    """Refuse a server that does not read what is written here, or whose files do not arrive here.

    Raises:
        EnvironmentProblem: `remote-cannot-see-workspace`.
    """
    from pyspark.errors import PySparkException

    place = tables / "sight" / f"{os.getpid()}-{os.urandom(4).hex()}"
    ours, theirs = place / "ours.parquet", place / "theirs"
    marks = sorted(random.SystemRandom().getrandbits(62) for _ in range(64))
    try:
        theirs.mkdir(parents=True)
        pyarrow.parquet.write_table(pyarrow.table({"mark": pyarrow.array(marks, pyarrow.int64())}), ours)
        seen = session.read.schema("mark BIGINT").parquet(uri(ours))
        seen.repartition(8).write.mode("append").parquet(uri(theirs))
        back = [
            value for path in theirs.glob("*.parquet") for value in pyarrow.parquet.read_table(path)["mark"].to_pylist()
        ]
        if sorted(back) != marks:
            raise blind(address, tables, f"of {len(marks)} numbers written {len(back)} came back")
        shutil.rmtree(place)
    except (PySparkException, OSError, pyarrow.ArrowException) as error:
        raise blind(address, tables, _first_line(error)) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
        with contextlib.suppress(OSError):  # another build's check may be in it
            place.parent.rmdir()


def _first_line(error: Exception) -> str:
    rpc = re.search(r'details = "(.*)"', str(error))  # what a gRPC error has to say stands in its middle
    said = rpc.group(1) if rpc else str(error)
    return said.strip().partition("\n")[0][:300]


def blind(address: str, tables: Path, why: str) -> EnvironmentProblem:
    """The error of two machines that do not look at the same files."""
    return EnvironmentProblem(
        "remote-cannot-see-workspace",
        f"Spark at {address} and this machine do not see the same {tables}: {why}",
        hint="Put the workspace where this machine and every Spark worker have it under the same path and may write.",
    )
