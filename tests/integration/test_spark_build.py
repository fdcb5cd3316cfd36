"""`earnest build --engine spark`: what it says, and what it refuses before anything is built."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest

from earnest.cli.main import main
from earnest.usecases.tables import build
from earnest.usecases.workspace import open_workspace
from earnest.warehouse import spark_session
from earnest.warehouse.manifest import load
from earnest.warehouse.spark_session import address_of
from integration.engines import edges, needed, sail, sail_apart

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with sail() as remote:
        yield remote


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose tables DuckDB has built."""
    workspace = edges(tmp_path_factory.mktemp("built"), size=50)
    build(workspace)
    return workspace.path


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "shop"))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> Run:
    """Run `earnest build` on the workspace; returns exit code, stdout and stderr."""
    monkeypatch.delenv("EARNEST_SPARK_REMOTE", raising=False)
    monkeypatch.setattr(spark_session, "PATIENCE_SECONDS", 2)

    def build_with(*args: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(["build", "-w", str(folder), *args])
        out, err = capfd.readouterr()
        return int(str(stopped.value.code)), out, "\n".join(x for x in err.splitlines() if " sail_" not in x)

    return build_with


def error_of(answer: tuple[int, str, str]) -> tuple[int, Any]:
    code, out, err = answer
    assert out == ""
    return code, json.loads(err)["error"]


def test_a_build_on_spark_is_in_force_and_equal_to_one_from_here(server: str, run: Run, folder: Path) -> None:
    code, out, err = run("--engine", "spark", "--remote", server, "--check")
    assert (code, out.splitlines()[1]) == (0, "equal to a full rebuild")
    for said in ("connecting to 127.0.0.1:", "making the tables", "100 %"):
        assert said in err
    manifest = load(folder / "tables")
    assert manifest is not None
    assert manifest.facts["engine"] == "spark"
    assert not [path for path in (folder / "tables").rglob("*") if path.name.startswith("_")]
    assert not (folder / "tables" / "sight").exists()


def test_json_names_the_engine_and_the_address_may_stand_in_the_environment(
    server: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARNEST_SPARK_REMOTE", server)
    code, out, err = run("--engine", "spark", "--check", "--json")
    data = json.loads(out)["data"]
    assert (code, err) == (0, "")
    assert (data["engine"], data["differs_from_rebuild"]) == ("spark", [])
    assert data["rows"]["message"] > 0
    code, out, _ = run("--full", "--json")
    assert (code, json.loads(out)["data"]["engine"]) == (0, "duckdb")


def test_options_that_do_not_go_together_are_refused(run: Run) -> None:
    code, error = error_of(run("--engine", "spark", "--json"))
    assert (code, error["code"]) == (2, "remote-missing")
    code, error = error_of(run("--remote", "sc://localhost", "--json"))
    assert (code, error["code"]) == (2, "remote-without-spark")
    code, error = error_of(run("--engine", "flink", "--json"))
    assert (code, error["code"]) == (2, "usage")


@pytest.mark.parametrize(
    "remote", ["localhost:15002", "spark://h:1", "sc://", "sc://h:port", "sc://h:99999", "http://h"]
)
def test_what_is_no_address_is_refused(remote: str, run: Run) -> None:
    code, error = error_of(run("--engine", "spark", "--remote", remote, "--json"))
    assert (code, error["code"]) == (2, "not-a-spark-address")


def test_secrets_of_an_address_are_not_repeated() -> None:
    assert address_of("sc://user@lake.example:443/;token=secret;use_ssl=true") == "lake.example:443"
    assert address_of("sc://lake.example") == "lake.example:15002"
    assert address_of("sc://[::1]:7/;token=secret") == "[::1]:7"
    for wrong in ("sx://h/;token=secret", "h/;token=secret", "sc://:1/;token=secret"):
        with pytest.raises(Exception, match="is not the address") as caught:
            address_of(wrong)
        assert "secret" not in str(caught.value)


def test_nobody_at_the_address(run: Run, folder: Path) -> None:
    needed("pyspark.sql.connect.session", "pip install 'earnest[spark]'")
    before = load(folder / "tables")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()  # accepts, and says nothing
        busy = silent.getsockname()[1]
        for port in (1, busy):
            code, error = error_of(
                run("--engine", "spark", "--remote", f"sc://127.0.0.1:{port}/;token=secret", "--json")
            )
            assert (code, error["code"]) == (1, "remote-unreachable")
            assert "secret" not in json.dumps(error)
    assert load(folder / "tables") == before


def test_someone_else_at_the_address(run: Run) -> None:
    grpc = needed("grpc", "pip install 'earnest[spark]'")
    other = grpc.server(futures.ThreadPoolExecutor(1))
    port = other.add_insecure_port("127.0.0.1:0")
    other.start()
    try:
        code, error = error_of(run("--engine", "spark", "--remote", f"sc://127.0.0.1:{port}", "--json"))
    finally:
        other.stop(None)
    assert (code, error["code"]) == (1, "remote-not-spark")


@pytest.mark.parametrize("module", ["pyspark", "pyspark.sql.connect.session", "sqlglot", "grpc"])
def test_without_the_extra_it_says_what_to_install(module: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = [
        name
        for name in sys.modules
        if name.split(".")[0] in ("pyspark", "sqlglot", "grpc") or name.endswith("transpile")
    ]
    for name in hidden:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    code, error = error_of(run("--engine", "spark", "--remote", "sc://127.0.0.1:1", "--json"))
    assert (code, error["code"], error["hint"]) == (1, "spark-not-installed", "pip install 'earnest[spark]'")


def test_a_server_that_looks_at_another_disk(
    server: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load(folder / "tables")
    elsewhere = folder.parent / "elsewhere"
    monkeypatch.setattr(spark_session, "uri", lambda path: f"file://{elsewhere}{path}")
    code, error = error_of(run("--engine", "spark", "--remote", server, "--json"))
    assert (code, error["code"]) == (1, "remote-cannot-see-workspace")
    assert load(folder / "tables") == before
    assert not (folder / "tables" / "sight").exists()


def test_what_spark_writes_does_not_arrive(
    server: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reads_here_writes_there(path: Path) -> str:
        return f"file://{folder.parent / 'executor' if path.name == 'theirs' else path}"

    monkeypatch.setattr(spark_session, "uri", reads_here_writes_there)
    code, error = error_of(run("--engine", "spark", "--remote", server, "--json"))
    assert (code, error["code"]) == (1, "remote-cannot-see-workspace")
    assert "of 64 numbers written 0 came back" in error["message"]


def test_rows_that_do_not_arrive_are_missed(
    server: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that shows a file late would lose rows without a sign: the counts of both sides must agree."""
    from earnest.warehouse import spark

    before = load(folder / "tables")
    monkeypatch.setattr(spark, "partition_files", lambda _folder, _tables: [])
    code, error = error_of(run("--engine", "spark", "--remote", server, "--json"))
    assert (code, error["code"]) == (1, "remote-cannot-see-workspace")
    assert "0 arrived here" in error["message"]
    assert load(folder / "tables") == before


def test_a_path_that_is_a_pattern_to_spark(server: str, run: Run, folder: Path) -> None:
    strange = folder.rename(folder.with_name("shop {1}"))
    code, error = error_of(run("--engine", "spark", "--remote", server, "--json", "-w", str(strange)))
    assert (code, error["code"]) == (1, "remote-cannot-see-workspace")
    assert "'{' '}'" in error["message"]


def test_a_relative_path_with_blanks_and_umlauts(
    server: str, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.rename(folder.with_name("Läden & Co")))
    code, out, _ = run("--engine", "spark", "--remote", server, "--check", "-w", ".")
    assert (code, out.splitlines()[1]) == (0, "equal to a full rebuild")
    assert load(open_workspace(".").tables) is not None


def test_a_server_that_dies_under_way(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after some retries, and the generation in force stays."""
    from earnest.warehouse import spark

    before = load(folder / "tables")
    files = set((folder / "tables").rglob("*.parquet"))
    monkeypatch.setattr(spark_session, "RETRIES", 2)
    with sail_apart() as (remote, server):

        def write_and_die(self: Any, con: Any, place: Any, model: Any) -> Any:
            if model.name == "credit":
                server.kill()
                server.wait()
            return write(self, con, place, model)

        write = spark.Runner.write
        monkeypatch.setattr(spark.Runner, "write", write_and_die)
        code, error = error_of(run("--engine", "spark", "--remote", remote, "--json"))
    assert (code, error["code"]) == (1, "remote-failed")
    assert load(folder / "tables") == before
    assert set((folder / "tables").rglob("*.parquet")) == files
