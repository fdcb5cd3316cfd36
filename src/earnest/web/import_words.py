"""Words about imports: what a file holds, what is under way, what came of it."""

from __future__ import annotations

from earnest.channels.channel import offered
from earnest.definitions.sample import BY as SAMPLE
from earnest.importers.fields import KINDS
from earnest.kernel.period import moment_of, zone
from earnest.reports.blocks import Callout, Said
from earnest.reports.words import Words
from earnest.usecases.jobs import Job
from earnest.web.desk import Desk
from earnest.web.page import Option, Working

_READING = ("reading", "checking", "writing", "imported", "simulating")


def kind_name(kind: str, words: Words) -> str:
    """What a file holds."""
    names = {
        "messages": words.label("file", "Messages"),
        "orders": words.label("file", "Orders"),
        "refunds": words.label("file", "Refunds"),
        "clicks": words.label("file", "Clicks"),
        "costs": words.label("file", "Costs"),
        "assignments": words.label("file", "Experiment groups"),
        "contacts": words.label("file", "Contacts"),
        "series": words.label("file", "Time series"),
        "sessions": words.label("file", "Visits"),
        "conversions": words.label("file", "Other conversions"),
        "reviews": words.label("file", "Reviews"),
        "answers": words.label("file", "Survey answers"),
    }
    if kind in names:
        return names[kind]
    channel = offered().get(kind)
    return words.say("Webhook bodies of %(channel)s", channel=channel.label if channel else kind)


def kind_options(words: Words) -> tuple[Option, ...]:
    """Every kind of file there is."""
    return tuple(Option(kind, kind_name(kind, words)) for kind in (*KINDS, *offered()))


def person(by: str, words: Words) -> str:
    """Who did it; imports that name nobody came by the command line."""
    if by == SAMPLE:
        return words.say("sample data")
    return by or words.say("command line")


def moment(desk: Desk, at_us: int) -> str:
    """A moment in the workspace's time."""
    told = moment_of(at_us).astimezone(zone(desk.tables.state.timezone))
    return desk.words.formats.instant(told.isoformat(timespec="minutes"))


def size(number: int, words: Words) -> str:
    """Bytes, in the unit that fits."""
    if number < 1024 * 100:
        return words.say("%(n)s KB", n=words.formats.decimal(number / 1024, 1))
    mega = number / (1 << 20)
    return words.say("%(n)s MB", n=words.formats.decimal(mega, 1 if mega < 10 else 0))


def working(job: Job, words: Words) -> Working:
    """Work that is under way."""
    title = {
        "check": words.say("Checking what would be taken"),
        "import": words.say("Importing"),
        "undo": words.say("Undoing an import"),
        "sample": words.say("Loading sample data"),
        "sample-removal": words.say("Taking the sample data out"),
    }.get(job.kind, words.say("Working"))
    step = (
        words.say("Reading and checking rows.")
        if job.step.startswith(_READING)
        else words.say("Bringing the tables up to date.")
        if job.step
        else words.say("Beginning.")
    )
    return Working(title, step, job.share)


def outcome(job: Job, words: Words) -> Callout | None:
    """What came of work that has ended; None where the page shows it anyway."""
    if job.cut:
        title = words.say("The work was cut short when the server stopped.")
        body = words.say("Only what stands in the list below counts. Do it again for the rest.")
        return Callout("warn", words.say("Cut short"), Said(title), Said(body))
    if job.error is not None:
        hint = job.error["hint"]
        told = Said(job.error["message"], words.foreign)
        return Callout("warn", words.say("It did not work"), told, Said(hint, words.foreign) if hint else None)
    if job.kind != "import" or not job.result:
        return None
    files = [_told(one, words) for one in job.result["files"]]
    return Callout("info", words.say("Imported"), Said(" ".join(files)))


def _told(one: dict[str, object], words: Words) -> str:
    """One imported file in a sentence."""
    count = words.formats.count
    file, rows, taken, refused = (one[name] for name in ("file", "rows", "accepted", "quarantined"))
    if one["already"]:
        return words.say("The file %(file)s was imported before; it counts once.", file=str(file))
    named = {"file": str(file), "taken": count(int(str(taken))), "rows": count(int(str(rows)))}
    if not refused:
        return words.say("All %(rows)s rows of %(file)s were taken.", file=named["file"], rows=named["rows"])
    return words.say(
        "Of the %(rows)s rows of %(file)s %(taken)s were taken and %(refused)s refused.",
        **named,
        refused=count(int(str(refused))),
    )
