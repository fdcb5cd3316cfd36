"""Each known misconfiguration, seeded alone into a workspace that is well: the doctor names it, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import pytest

from earnest.access.principal import operator
from earnest.definitions.link import Link
from earnest.definitions.source import Source
from earnest.journal.log import RECEIVED, Draft
from earnest.kernel.period import DAY_US, HOUR_US, instant_us, moment_of
from earnest.usecases.access import Administration, add_user, create_key, open_access
from earnest.usecases.doctor import CHECKS, Case, Diagnosis, Machine, examine, this_machine
from earnest.usecases.gaps import silent_sources, unanswered_sends
from earnest.usecases.heartbeat import HEARTBEAT, Heartbeat
from earnest.usecases.import_files import Options, import_files
from earnest.usecases.lost_clicks import LostClicks
from earnest.usecases.tables import build, open_tables
from earnest.usecases.tally import FILE, SourceTally
from earnest.usecases.workspace import Workspace, init
from integration.command_line import runner

SECOND, MINUTE = 1_000_000, 60_000_000
START = instant_us(datetime(2026, 9, 1, tzinfo=UTC))
DAYS = 10
SECRET = "0f3a9b7c5d1e4826a0c4e8f2b6d09173"
TOKEN = "t-41c7e0d95b"
WHATSAPP = Source("wa", "whatsapp", "meta", ("env:APP_SECRET",), verify_token="env:VERIFY_TOKEN")
TWILIO = Source("tw", "twilio", "twilio", ("env:TWILIO_TOKEN",), public_url="https://hooks.example.org/hooks/tw")


class Clock:
    """Stands until it is moved."""

    def __init__(self, us: int) -> None:
        self.us = us

    def __call__(self) -> int:
        return self.us


@dataclass
class Bench:
    """A workspace on the bench, with everything around it that a seed may spoil."""

    workspace: Workspace
    clock: Clock
    machine: Machine
    environ: dict[str, str] = field(default_factory=lambda: {"APP_SECRET": SECRET, "VERIFY_TOKEN": TOKEN, "TWILIO_TOKEN": SECRET[::-1]})  # fmt: skip
    listen: str | None = None

    def examine(self) -> Diagnosis:
        return examine(Case(self.workspace, self.machine, self.environ, self.listen))

    def declare(self, source: Source) -> None:
        self.workspace.record("source.set", source.to_json())

    def deliver(self, *statuses: str, lag_us: int = 2 * SECOND, mark: str = "", then_build: bool = True) -> None:
        """One WhatsApp webhook a status, received now."""
        with self.workspace.journal() as log:
            bodies = [_body(f"{mark}{self.clock.us}", status, self.clock.us - lag_us) for status in statuses]
            log.append_many([Draft(RECEIVED, body, "wa", self.clock.us, None, {"content-type": "application/json"}) for body in bodies])  # fmt: skip
        if then_build:
            build(self.workspace)

    def administration(self) -> Administration:
        return Administration(self.workspace, open_access(self.workspace), operator("tests"))

    def tally(self, source: str, told: SourceTally) -> None:
        (self.workspace.tables / FILE).write_text(json.dumps({source: asdict(told)}))

    def heartbeat(self, *, error: str | None = None, age_us: int = SECOND) -> None:
        with self.workspace.journal() as log:
            seq, received_us = log.last_received()
        beat = Heartbeat(1, self.clock.us - age_us, seq if error else seq - 1, received_us, 0.1, error)
        (self.workspace.tables / HEARTBEAT).write_text(json.dumps(asdict(beat)))


def _body(message: str, status: str, occurred_us: int) -> bytes:
    told = {
        "id": f"wamid.{message}",
        "status": status,
        "timestamp": str(occurred_us // SECOND),
        "recipient_id": "4915110000001",
    }
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "1001"}, "statuses": [told]}
    entry = {"id": "77", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has received two statuses an hour for ten days, is built and backed up elsewhere."""
    return make_well(tmp_path_factory.mktemp("well") / "w").workspace.path


def make_well(folder: Path, *, lag_us: int = 2 * SECOND) -> Bench:
    clock = Clock(START)
    bench = Bench(init(folder, currency="EUR", timezone="Europe/Berlin", clock=clock), clock, _machine(folder))
    bench.declare(WHATSAPP)
    for hour in range(1, DAYS * 24 + 1):
        clock.us = START + hour * HOUR_US
        bench.deliver("sent", "delivered", lag_us=lag_us, then_build=False)
    build(bench.workspace)
    bench.workspace.record("backup.created", {"name": "b", "entries": 1, "bytes": 1, "same_disk": False})
    clock.us += MINUTE
    return bench


def _machine(folder: Path) -> Machine:
    return replace(this_machine(folder), disk=(100_000_000_000, 50_000_000_000), open_files=65_536)


@pytest.fixture
def bench(well: Path, tmp_path: Path) -> Bench:
    shutil.copytree(well, tmp_path / "w")
    clock = Clock(START + DAYS * 24 * HOUR_US + MINUTE)
    return Bench(Workspace(tmp_path / "w", clock), clock, _machine(tmp_path))


def test_a_workspace_that_is_well_gives_nothing(bench: Bench) -> None:
    diagnosis = bench.examine()
    assert diagnosis.found == ()
    assert [one.code for one in diagnosis.skipped] == ["no-admin"]
    assert diagnosis.checked == len(CHECKS) - 1
    assert diagnosis.healthy(strict=True)


Seed = Callable[[Bench], None]
SEEDS: list[tuple[str, Seed]] = []


def seeds(code: str) -> Callable[[Seed], Seed]:
    def take(seed: Seed) -> Seed:
        SEEDS.append((code, seed))
        return seed

    return take


@seeds("sqlite-too-old")
def _(bench: Bench) -> None:
    bench.machine = replace(bench.machine, sqlite="3.40.1")


@seeds("dependency-too-old")
def _(bench: Bench) -> None:
    known = bench.machine.version
    bench.machine = replace(bench.machine, version=lambda name: "0.48.9" if name == "starlette" else known(name))


@seeds("file-system-of-network")
def _(bench: Bench) -> None:
    bench.machine = replace(
        bench.machine, mounts=f"/dev/a / ext4 rw 0 0\nnas:/x {bench.workspace.path.parent} nfs4 rw 0 0\n"
    )


@seeds("disk-nearly-full")
def _(bench: Bench) -> None:
    bench.machine = replace(bench.machine, disk=(100_000_000_000, 4_900_000_000))


@seeds("disk-nearly-full")
def _less_than_a_gigabyte(bench: Bench) -> None:
    bench.machine = replace(bench.machine, disk=(8_000_000_000, 900_000_000))


@seeds("open-files-low")
def _(bench: Bench) -> None:
    bench.machine = replace(bench.machine, open_files=256)


@seeds("journal-not-wal")
def _(bench: Bench) -> None:
    db = apsw.Connection(str(bench.workspace.path / "journal.db"))
    db.execute("PRAGMA journal_mode=DELETE")
    db.close()


@seeds("journal-unreadable")
def _(bench: Bench) -> None:
    with (bench.workspace.path / "journal.db").open("r+b") as stream:
        stream.write(bytes(4096))


@seeds("journal-unreadable")
def _written_by_a_newer_earnest(bench: Bench) -> None:
    bench.workspace.record("something.of-the-future", {})


@seeds("journal-chain-broken")
def _(bench: Bench) -> None:
    with apsw.Connection(str(bench.workspace.path / "journal.db")) as db:
        db.execute("UPDATE entry SET body = ? WHERE seq = 100", (_body("x", "sent", START),))
    db.close()


@seeds("stored-file-missing")
def _(bench: Bench) -> None:
    path = bench.workspace.path.parent / "orders.csv"
    path.write_text("order_id,created_at,phone,net\no1,2026-09-05T10:00:00Z,+4915110000001,20.00\n")
    import_files(bench.workspace, [path], "orders", options=Options(source="shop"))
    next((bench.workspace.path / "files").iterdir()).unlink()


@seeds("clock-behind-journal")
def _(bench: Bench) -> None:
    bench.clock.us -= HOUR_US


@seeds("clock-far-off")
def _(bench: Bench) -> None:
    bench.deliver(*["read"] * 60, lag_us=-10 * MINUTE)


@seeds("time-zone-missing")
def _(bench: Bench) -> None:
    bench.machine = replace(bench.machine, has_zone=lambda _: False)


@seeds("key-missing")
def _(bench: Bench) -> None:
    (bench.workspace.path / "workspace.key").unlink()


@seeds("key-missing")
def _not_a_key(bench: Bench) -> None:
    (bench.workspace.path / "workspace.key").write_text("oops\n")


@seeds("key-open")
def _(bench: Bench) -> None:
    (bench.workspace.path / "workspace.key").chmod(0o644)


@seeds("access-unreadable")
def _(bench: Bench) -> None:
    (bench.workspace.path / "access.db").write_bytes(b"no database" * 500)
    (bench.workspace.path / "access.db").chmod(0o600)


@seeds("access-open")
def _(bench: Bench) -> None:
    open_access(bench.workspace).close()
    (bench.workspace.path / "access.db").chmod(0o640)


@seeds("no-admin")
def _(bench: Bench) -> None:
    bench.listen = "0.0.0.0"


@seeds("no-admin")
def _only_a_viewer(bench: Bench) -> None:
    bench.listen = "192.0.2.7"
    admin = bench.administration()
    add_user(admin, "ada", role="viewer", password="a long enough passphrase")
    admin.store.close()


@seeds("api-key-expired")
def _(bench: Bench) -> None:
    bench.clock.us -= 2 * DAY_US
    _key(bench, 1)
    bench.clock.us += 2 * DAY_US


@seeds("api-key-expiring")
def _(bench: Bench) -> None:
    _key(bench, 7)


@seeds("api-key-without-expiry")
def _(bench: Bench) -> None:
    _key(bench, None)


def _key(bench: Bench, days: int | None) -> None:
    admin = bench.administration()
    create_key(admin, "shop", scopes=["reports:read"], days=days)
    admin.store.close()


@seeds("no-source")
def _(bench: Bench) -> None:
    bench.declare(WHATSAPP.disabled())


@seeds("secret-unresolved")
def _(bench: Bench) -> None:
    del bench.environ["APP_SECRET"]


@seeds("secret-unresolved")
def _file_gone(bench: Bench) -> None:
    bench.declare(replace(WHATSAPP, secrets=("env:APP_SECRET", "file:/nowhere/secret")))


@seeds("secret-unresolved")
def _none_named(bench: Bench) -> None:
    bench.declare(replace(WHATSAPP, secrets=()))


SPOILED = (
    f"{SECRET} ",
    f"\t{SECRET}",
    f'"{SECRET}"',
    f"'{SECRET}'",
    "s3cr3t",
    "changeme-please",
    "your_app_secret",
    "xxxxxxxxxxxx",
    "<app-secret>",
)
for _spoiled in SPOILED:

    @seeds("secret-suspicious")
    def _(bench: Bench, spoiled: str = _spoiled) -> None:
        bench.environ["APP_SECRET"] = spoiled


@seeds("secret-shared")
def _(bench: Bench) -> None:
    bench.declare(TWILIO)
    bench.environ["TWILIO_TOKEN"] = SECRET


@seeds("secret-file-open")
def _(bench: Bench) -> None:
    path = bench.workspace.path.parent / "secret"
    path.write_text(SECRET + "\n")
    path.chmod(0o644)
    bench.declare(replace(WHATSAPP, secrets=(f"file:{path}",)))


@seeds("verify-token-missing")
def _(bench: Bench) -> None:
    bench.declare(replace(WHATSAPP, verify_token=None))


@seeds("public-url-missing")
def _(bench: Bench) -> None:
    bench.declare(replace(TWILIO, public_url=None))


for _url in (
    "http://hooks.example.org/hooks/tw",
    "https://hooks.example.org/hooks/tw/",
    "https://hooks.example.org/twilio",
):

    @seeds("public-url-wrong")
    def _(bench: Bench, url: str = _url) -> None:
        bench.declare(replace(TWILIO, public_url=url))


@seeds("handshake-refused")
def _(bench: Bench) -> None:
    bench.tally("wa", SourceTally(handshake_us=START, handshake_refused_us=bench.clock.us))


@seeds("source-refuses-all")
def _(bench: Bench) -> None:
    bench.clock.us += 25 * HOUR_US
    bench.tally("wa", SourceTally(refused=70, refused_us=bench.clock.us - MINUTE, why="the signature does not fit"))


@seeds("source-postpones")
def _(bench: Bench) -> None:
    bench.tally("wa", SourceTally(postponed=7, postponed_us=bench.clock.us - SECOND, postponed_code="secret-missing"))


@seeds("clicks-lost")
def _(bench: Bench) -> None:
    counted = LostClicks.of(bench.workspace)
    counted.add("journal-full", 7, now_us=bench.clock.us - 24 * HOUR_US + SECOND)
    counted.add("journal-busy", 7, now_us=bench.clock.us - 24 * HOUR_US)
    counted.save()


def clicks_from(bench: Bench, *networks: str | None) -> None:
    """A click from each network, as the server journals it."""
    bench.workspace.record("link.hosts", {"hosts": ["shop.example"]})
    bench.workspace.record("link.set", Link("spring", 1, "https://shop.example/tea").to_json())
    told = {"link": "spring", "recipient": None, "within": None, "method": "GET", "headers": {}, "visitor": 7}
    drafts = []
    for place, network in enumerate(networks):
        body = json.dumps(told | {"click": f"{place:022}", "at": bench.clock.us, "network": network}).encode()
        drafts.append(
            Draft(RECEIVED, body, "earnest.links", bench.clock.us, None, {"content-type": "application/json"})
        )
    with bench.workspace.journal() as log:
        log.append_many(drafts)
    build(bench.workspace)


for _own in ("127.0.0.0/24", "10.3.2.0/24", "172.31.0.0/24", "192.168.1.0/24", "::/48", "fd12:3456:789a::/48"):

    @seeds("clicks-from-own-network")
    def _(bench: Bench, own: str = _own) -> None:
        clicks_from(bench, *["203.0.113.0/24"] * 9, None, *[own] * 11)


@seeds("source-never-heard")
def _(bench: Bench) -> None:
    bench.declare(TWILIO)
    bench.clock.us += 25 * HOUR_US
    bench.deliver("read")


@seeds("source-silent")
def _(bench: Bench) -> None:
    bench.clock.us += 6 * HOUR_US


@seeds("source-silent")
def _for_longer_than_the_period(bench: Bench) -> None:
    bench.clock.us += 31 * DAY_US
    bench.workspace.record("backup.created", {"same_disk": False})


@seeds("quarantine-growing")
def _(bench: Bench) -> None:
    with bench.workspace.journal() as log:
        log.append_many([Draft(RECEIVED, b"no JSON", "wa", bench.clock.us, None, {"content-type": "application/json"})])
    build(bench.workspace)


@seeds("sends-unanswered")
def _(bench: Bench) -> None:
    for number in range(60):
        bench.deliver("sent", lag_us=2 * DAY_US, mark=f"lost{number}-", then_build=False)
    build(bench.workspace)


@seeds("builder-failing")
def _(bench: Bench) -> None:
    bench.heartbeat(error="workspace-key-missing")


@seeds("builder-stalled")
def _(bench: Bench) -> None:
    bench.deliver("read", then_build=False)
    bench.clock.us += 5 * MINUTE


@seeds("builder-stalled")
def _was_heard_once(bench: Bench) -> None:
    bench.deliver("read", then_build=False)
    bench.clock.us += 5 * MINUTE
    bench.heartbeat(age_us=4 * MINUTE)


@seeds("builder-behind")
def _(bench: Bench) -> None:
    bench.deliver("read", then_build=False)
    bench.clock.us += 5 * MINUTE
    bench.heartbeat()


@seeds("answers-undeclared")
def _(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        path.write_text(
            "response_id,email,survey,question,answer,answered_at\n1,a@shop.example,none,taste,5,2026-09-01T10:00:00Z\n"
        )
        import_files(bench.workspace, [path], "answers")
    build(bench.workspace)


@seeds("no-backup")
def _(bench: Bench) -> None:
    bench.clock.us += 49 * HOUR_US
    bench.deliver("read")


@seeds("backup-on-same-disk")
def _(bench: Bench) -> None:
    bench.workspace.record("backup.created", {"same_disk": True})


@pytest.mark.parametrize(("code", "seed"), SEEDS, ids=[code for code, _ in SEEDS])
def test_a_seeded_fault_is_named_and_no_other(code: str, seed: Seed, bench: Bench) -> None:
    seed(bench)
    diagnosis = bench.examine()
    assert [one.code for one in diagnosis.found] == [code], [one.what for one in diagnosis.found]
    (found,) = diagnosis.found
    assert found.what
    assert found.why.endswith(".")
    assert found.remedy
    assert SECRET not in json.dumps(diagnosis.to_json()), "no secret is shown"
    assert bench.environ.get("APP_SECRET", SECRET) not in json.dumps(diagnosis.to_json())
    assert diagnosis.healthy() == (found.level == "warned")
    assert not diagnosis.healthy(strict=True)


OUTSIDE = ("8.8.8.0/24", "172.32.0.0/24", "100.64.7.0/24", "2001:db8:1::/48", "203.0.113.0/24", None, "no network")


@pytest.mark.parametrize(
    "networks",
    [OUTSIDE * 10, ("127.0.0.0/24",) * 19, ("127.0.0.0/24", "8.8.8.0/24") * 10, ("10.0.0.0/24",) * 400 + OUTSIDE * 30],
    ids=["from outside", "too few", "half of them", "older than the last 300"],
)
def test_clicks_from_outside_are_no_fault(networks: tuple[str | None, ...], bench: Bench) -> None:
    clicks_from(bench, *networks)
    assert "clicks-from-own-network" not in {one.code for one in bench.examine().found}


def test_clicks_of_a_proxy_of_long_ago_are_no_fault(bench: Bench) -> None:
    clicks_from(bench, *["127.0.0.0/24"] * 40)
    bench.clock.us += 3 * DAY_US + 1
    assert "clicks-from-own-network" not in {one.code for one in bench.examine().found}


@contextmanager
def nobody() -> Iterator[None]:
    """Be somebody without rights; root may write anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def within_reach(well: Path) -> Iterator[Bench]:
    """A workspace in a folder that everybody on the machine can enter."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        folder = Path(scratch) / "w"
        shutil.copytree(well, folder)
        folder.chmod(0o755)
        (folder / "journal.db").chmod(0o600)
        clock = Clock(START + DAYS * 24 * HOUR_US + MINUTE)
        try:
            yield Bench(Workspace(folder, clock), clock, _machine(folder))
        finally:
            for path in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
                path.chmod(0o755)


def test_a_folder_that_cannot_be_written_is_named_and_no_other(well: Path) -> None:
    with within_reach(well) as bench:
        folder = bench.workspace.path
        own = (folder / "workspace.key", folder / "journal.db")
        for path in (*folder.rglob("*"), folder):
            path.chmod(0o555 if path.is_dir() else 0o400 if path in own else 0o444)
        if os.geteuid() == 0:
            for path in own:
                os.chown(path, 65_534, -1)
        with nobody():
            found = bench.examine().found
    assert [one.code for one in found] == ["folder-not-writable"]


def test_a_journal_that_others_can_read_is_named_and_no_other(well: Path) -> None:
    with within_reach(well) as bench:
        assert bench.examine().found == ()
        (bench.workspace.path / "journal.db").chmod(0o644)
        assert [one.code for one in bench.examine().found] == ["journal-open"]
        bench.workspace.path.chmod(0o700)
        assert bench.examine().found == (), "nobody gets as far as the file"


def test_every_check_has_a_seed() -> None:
    assert {check.code for check in CHECKS} == {code for code, _ in SEEDS} | {"folder-not-writable", "journal-open"}
    assert len({check.code for check in CHECKS}) == len(CHECKS) >= 20


def test_a_clock_that_is_ahead_is_found(tmp_path: Path) -> None:
    bench = make_well(tmp_path / "w", lag_us=20 * MINUTE)
    assert [one.code for one in bench.examine().found] == ["clock-far-off"]


def test_an_admin_and_a_loopback_address_are_both_enough(bench: Bench) -> None:
    for listen in ("127.0.0.1", "::1", "localhost"):
        bench.listen = listen
        assert bench.examine().found == ()
    bench.listen = "0.0.0.0"
    admin = bench.administration()
    add_user(admin, "ada", role="admin", password="a long enough passphrase")
    admin.store.close()
    assert bench.examine().found == ()


def test_several_faults_stand_in_the_order_of_the_checks(bench: Bench) -> None:
    del bench.environ["APP_SECRET"]
    bench.machine = replace(bench.machine, sqlite="3.40.1", open_files=100)
    (bench.workspace.path / "workspace.key").chmod(0o644)
    assert [one.code for one in bench.examine().found] == [
        "sqlite-too-old",
        "open-files-low",
        "key-open",
        "secret-unresolved",
    ]


def test_a_workspace_without_a_journal_that_can_be_read_is_still_examined(bench: Bench) -> None:
    (bench.workspace.path / "journal.db").write_bytes(b"gone" * 2000)
    (bench.workspace.path / "workspace.key").chmod(0o644)
    diagnosis = bench.examine()
    assert [one.code for one in diagnosis.found] == ["journal-unreadable", "key-open"]
    assert {"journal-chain-broken", "no-backup", "source-silent"} <= {one.code for one in diagnosis.skipped}
    assert all(one.reason for one in diagnosis.skipped)


Answer = tuple[int, Any, str]


def run(capsys: pytest.CaptureFixture[str], *args: object) -> Answer:
    code, out, err = runner(capsys)(*args)
    return code, json.loads(out)["data"] if "--json" in args else out, err


def test_exit_codes_and_words_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin")
    code, data, _ = run(capsys, "doctor", "--json", "-w", tmp_path / "w")
    assert (code, [one["code"] for one in data["found"]], data["healthy"]) == (0, ["no-source"], True)
    assert run(capsys, "doctor", "--strict", "-w", tmp_path / "w")[0] == 1
    assert run(capsys, "doctor", "check", "-w", tmp_path / "w")[0] == 0
    (tmp_path / "w" / "workspace.key").chmod(0o644)
    code, words, notes = run(capsys, "doctor", "-w", tmp_path / "w")
    assert code == 1
    assert "FAILED key-open: workspace.key can be read by others (mode 644)" in words
    assert re.search(r"^  remedy: chmod 600 ", words, re.MULTILINE)
    assert "not checked: no-admin" in notes
    assert (
        run(capsys, "doctor", "--listen", "0.0.0.0", "--json", "-w", tmp_path / "w")[1]["found"][-2]["code"]
        == "no-admin"
    )


def test_gaps_of_sources_and_sends(bench: Bench) -> None:
    bench.declare(TWILIO)
    for number in range(30):
        bench.deliver("sent", lag_us=3 * DAY_US, mark=f"lost{number}-", then_build=False)
    bench.clock.us += 3 * HOUR_US
    wa, tw = sorted(
        silent_sources(bench.workspace.path / "journal.db", ["wa", "tw"], now_us=bench.clock.us),
        key=lambda one: one.source != "wa",
    )
    assert (wa.standing, tw.standing) == ("silent", "never")
    assert wa.silent_us == 3 * HOUR_US
    assert wa.rhythm.arrivals == DAYS * 48 + 30
    assert wa.rhythm.gap_longest_us == HOUR_US
    assert wa.rhythm.silence_p99_us is not None
    assert 0.95 * HOUR_US < wa.rhythm.silence_p99_us < HOUR_US
    with open_tables(bench.workspace) as tables:
        (day,) = unanswered_sends(tables, now_us=bench.clock.us)
    assert (day.channel, day.account, day.day) == ("whatsapp", "77", "2026-09-08")
    assert (day.sent, day.unanswered, day.without_status) == (24 + 30, 30, 0)


def test_the_gaps_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin")
    workspace.record("source.set", WHATSAPP.to_json())
    path = tmp_path / "messages.csv"
    path.write_text(
        "message_id,phone,sent_at,channel\n"
        + "".join(f"m{n},+49151100000{n},2026-01-0{n}T10:00:00Z,sms\n" for n in range(1, 6))
    )
    import_files(workspace, [path], "messages", options=Options(source="shop"))
    code, data, _ = run(capsys, "doctor", "gaps", "--json", "-w", tmp_path / "w")
    assert code == 0
    assert [(one["source"], one["standing"]) for one in data["sources"]] == [("wa", "never")]
    code, words, _ = run(capsys, "doctor", "gaps", "-w", tmp_path / "w")
    assert code == 0
    assert "nothing ever came" in words


def test_gaps_of_a_young_workspace_claim_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No message, or none of 24 hours: that is not the same as messages of which something was heard."""
    workspace = init(tmp_path / "w", currency="EUR", timezone="Europe/Berlin")
    words = run(capsys, "doctor", "gaps", "-w", tmp_path / "w")[1]
    assert "nothing to judge yet" in words
    at = moment_of(workspace.clock() - 2 * DAY_US).isoformat()
    path = tmp_path / "messages.csv"
    path.write_text(f"message_id,phone,sent_at,delivered_at,channel\nm1,+49151100000,{at},{at},sms\n")
    import_files(workspace, [path], "messages", options=Options(source="shop"))
    assert run(capsys, "doctor", "gaps", "--json", "-w", tmp_path / "w")[1]["judged"] == 1
    assert "of all 1 messages" in " ".join(run(capsys, "doctor", "gaps", "-w", tmp_path / "w")[1].split())


def test_every_code_is_in_the_operations_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z-]+)` \| (failed|warned) \|", page, re.MULTILINE)
    assert told == [(check.code, check.level) for check in CHECKS], "codes and levels, in the order of the checks"
