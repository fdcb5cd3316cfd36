"""Examine a workspace and its machine for what is known to go wrong, in the order in which one would look.

`CHECKS` is the whole list: a code, how bad it is, why it matters, and one small function each. Nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from earnest.usecases import doctor_access as access
from earnest.usecases import doctor_machine as machine
from earnest.usecases import doctor_sources as sources
from earnest.usecases import doctor_traffic as traffic
from earnest.usecases import doctor_workspace as files
from earnest.usecases.doctor_case import Case, Check, Level, Machine, Unlooked, this_machine
from earnest.usecases.survey_undeclared import answers_undeclared
from earnest.usecases.workspace import Workspace

__all__ = ["CHECKS", "Case", "Diagnosis", "Found", "Machine", "Skipped", "diagnose", "examine", "this_machine"]

_FAILED: Level = "failed"
_WARNED: Level = "warned"

CHECKS: tuple[Check, ...] = (
    Check("sqlite-too-old", _FAILED, "Older SQLite can lose acknowledged data when two processes write.", machine.sqlite_too_old),
    Check("dependency-too-old", _FAILED, "A known fault in it can be used against this server.", machine.dependency_too_old),
    Check("folder-not-writable", _FAILED, "Nothing can be received.", files.folder_not_writable),
    Check("file-system-of-network", _FAILED, "SQLite's write-ahead log is not safe there: data can be lost.", machine.file_system_of_network),
    Check("disk-nearly-full", _FAILED, "On a full disk every delivery is refused, and providers give up after a while.", machine.disk_nearly_full),
    Check("open-files-low", _WARNED, "Under load, connections are refused.", machine.open_files_low),
    Check("journal-not-wal", _FAILED, "In another mode writers wait for readers, and deliveries time out.", files.journal_not_wal),
    Check("journal-unreadable", _FAILED, "The journal is the truth: without it there is nothing.", files.journal_unreadable),
    Check("journal-open", _WARNED, "It holds what came in as it came: people's numbers and words.", files.journal_open),
    Check("journal-chain-broken", _FAILED, "What was received has been changed or lost since.", files.chain_broken),
    Check("stored-file-missing", _FAILED, "The tables cannot be made anew without it.", files.stored_files_missing),
    Check("clock-behind-journal", _FAILED, "Times of receipt are wrong, and signatures with a time are refused.", machine.clock_behind_journal),
    Check("clock-far-off", _FAILED, "Times of receipt are wrong, and signatures with a time are refused.", machine.clock_far_off),
    Check("time-zone-missing", _FAILED, "Business days cannot be told.", machine.time_zone_missing),
    Check("key-missing", _FAILED, "No new event can meet an old contact; nothing received can be read.", files.key_missing),
    Check("key-open", _FAILED, "Whoever has it can find people's numbers behind the contact keys.", files.key_open),
    Check("access-unreadable", _FAILED, "Nobody can sign in, and no API key is accepted.", files.access_unreadable),
    Check("access-open", _FAILED, "It tells who has access, and passwords can be guessed from its hashes.", files.access_open),
    Check("no-admin", _FAILED, "Nobody can manage access, and whoever comes first might.", access.no_admin),
    Check("api-key-expired", _WARNED, "Whoever still uses it is refused.", access.key_expired),
    Check("api-key-expiring", _WARNED, "Whoever uses it will be refused.", access.key_expiring),
    Check("api-key-without-expiry", _WARNED, "If it leaks, it opens the door for ever.", access.key_without_expiry),
    Check("no-source", _WARNED, "Figures are only as fresh as the last imported file.", sources.no_source),
    Check("secret-unresolved", _FAILED, "No delivery of this source can be verified: all are refused.", sources.secret_unresolved),
    Check("secret-suspicious", _FAILED, "No signature fits it: all deliveries are refused; or it can be guessed.", sources.secret_suspicious),
    Check("secret-shared", _WARNED, "One of them is most likely wrong, and its deliveries are refused.", sources.secret_shared),
    Check("secret-file-open", _WARNED, "Whoever has the secret can forge deliveries.", sources.secret_file_open),
    Check("verify-token-missing", _FAILED, "The provider cannot verify the address, and sends nothing.", sources.verify_token_missing),
    Check("public-url-missing", _WARNED, "Behind a proxy the signature does not fit, and deliveries are refused.", sources.public_url_missing),
    Check("public-url-wrong", _WARNED, "The signature covers the address: one letter off, and deliveries are refused.", sources.public_url_wrong),
    Check("handshake-refused", _WARNED, "The provider does not accept the address, and sends nothing.", traffic.handshake_refused),
    Check("source-refuses-all", _FAILED, "The provider gives up after a while, and what it told is lost.", traffic.source_refuses_all),
    Check("source-postpones", _FAILED, "The provider gives up after a while, and what it told is lost.", traffic.source_postpones),
    Check("clicks-lost", _WARNED, "People got to their pages, and their clicks are missing in every figure.", traffic.clicks_were_lost),
    Check("clicks-from-own-network", _WARNED, "All people look like one visitor, and most of their clicks are not counted.", traffic.clicks_from_own_network),
    Check("source-never-heard", _WARNED, "The provider may not know the address.", traffic.source_never_heard),
    Check("source-silent", _WARNED, "What a provider gives up telling is lost: Meta after 7 days, Shopify after 4 hours.", traffic.source_silent),
    Check("quarantine-growing", _WARNED, "What cannot be read is missing in every figure until it is.", traffic.quarantine_growing),
    Check("sends-unanswered", _WARNED, "Delivery and read rates are wrong if statuses do not come back.", traffic.sends_unanswered),
    Check("answers-undeclared", _WARNED, "They are missing in every figure until their survey and question are declared.", answers_undeclared),
    Check("builder-failing", _FAILED, "Figures stand still while deliveries pile up.", files.builder_failing),
    Check("builder-stalled", _FAILED, "Figures stand still while deliveries pile up.", files.builder_stalled),
    Check("builder-behind", _WARNED, "Figures are older than they seem.", files.builder_behind),
    Check("no-backup", _FAILED, "A lost disk loses everything since the last one.", access.no_backup),
    Check("backup-on-same-disk", _WARNED, "What destroys the disk destroys both.", access.backup_on_same_disk),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong: code and level of its check, what was found, why it matters, what to do."""

    code: str
    level: Level
    what: str
    why: str
    remedy: str

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "level": self.level, "what": self.what, "why": self.why, "remedy": self.remedy}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A check that could not be made, and why."""

    code: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an examination found, in the order of the checks; how many were made, and which could not be."""

    found: tuple[Found, ...]
    checked: int
    skipped: tuple[Skipped, ...]

    def healthy(self, *, strict: bool = False) -> bool:
        """Whether nothing failed; with `strict`, neither is anything warned of."""
        return not any(strict or one.level == "failed" for one in self.found)

    def to_json(self) -> dict[str, Any]:
        return {
            "healthy": self.healthy(),
            "checked": self.checked,
            "found": [one.to_json() for one in self.found],
            "skipped": [one.to_json() for one in self.skipped],
        }


def diagnose(workspace: Workspace, *, listen: str | None = None) -> Diagnosis:
    """Examine a workspace on the machine this runs on.

    Args:
        listen: address that the server listens on; None if it is not known.
    """
    return examine(Case(workspace, this_machine(workspace.path), listen=listen))


def examine(case: Case, checks: Sequence[Check] = CHECKS) -> Diagnosis:
    """Make every check; one that cannot be made is skipped and said to be."""
    found: list[Found] = []
    skipped: list[Skipped] = []
    for check in checks:
        try:
            found += [Found(check.code, check.level, one.what, check.why, one.remedy) for one in check.look(case)]
        except Unlooked as reason:
            skipped.append(Skipped(check.code, str(reason)))
    return Diagnosis(tuple(found), len(checks) - len(skipped), tuple(skipped))
