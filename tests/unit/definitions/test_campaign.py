"""Which campaign a message belongs to: callback id, then the file's column, then match rules; two matches are none."""

from __future__ import annotations

import pytest

from earnest.definitions.campaign import Campaign, Label, Match, Recognised, check_id, match_rule, recognise
from earnest.kernel.errors import UsageError

CAMPAIGNS = {
    campaign.id: campaign
    for campaign in (
        Campaign("autumn", "Autumn", match=(Match("template", "sale"), Match("tag", "a"))),
        Campaign("winter", "Winter", match=(Match("template", "sale"), Match("tag", "w"), Match("column", "WINTER 26"))),
        Campaign("spring", "Spring", match=(Match("column", "spring-2026"), Match("column", "both"))),
        Campaign("other", "Other", match=(Match("column", "both"),)),
    )
}  # fmt: skip


def label(
    *, callback: str | None = None, campaign: str | None = None, template: str | None = None, tag: str | None = None
) -> Label:
    return Label(1, "whatsapp", callback, campaign, template, tag, None)


@pytest.mark.parametrize(
    ("hints", "campaign", "how"),
    [
        ({"callback": "autumn", "campaign": "winter", "template": "sale"}, "autumn", "callback"),
        ({"callback": "unknown", "campaign": "winter"}, "winter", "column"),
        ({"callback": "unknown", "tag": "a"}, "autumn", "match"),
        ({"campaign": "autumn", "tag": "w"}, "autumn", "column"),
        ({"campaign": "WINTER 26", "tag": "a"}, "winter", "column"),
        ({"campaign": "spring-2026"}, "spring", "column"),
        ({"campaign": "never declared", "tag": "a"}, "never declared", "column"),
        ({"tag": "w"}, "winter", "match"),
        ({"tag": "a", "template": "nothing"}, "autumn", "match"),
        ({"template": "Sale"}, "unassigned", "none"),
        ({}, "unassigned", "none"),
    ],
)  # fmt: skip
def test_precedence(hints: dict[str, str], campaign: str, how: str) -> None:
    assert recognise(label(**hints), CAMPAIGNS) == Recognised(campaign, how)


@pytest.mark.parametrize(
    ("hints", "candidates"),
    [({"template": "sale"}, ("autumn", "winter")), ({"tag": "a", "template": "sale"}, ("autumn", "winter")), ({"campaign": "both"}, ("other", "spring"))],
)  # fmt: skip
def test_two_matching_rules_leave_the_message_unassigned(hints: dict[str, str], candidates: tuple[str, ...]) -> None:
    assert recognise(label(**hints), CAMPAIGNS) == Recognised("unassigned", "ambiguous", candidates)


def test_two_rules_of_one_campaign_are_no_conflict() -> None:
    one = {"a": Campaign("a", "A", match=(Match("template", "x"), Match("tag", "y")))}
    assert recognise(label(template="x", tag="y"), one) == Recognised("a", "match")


@pytest.mark.parametrize("text", ["template=x", "tag=a=b", "column=Spring 2026"])
def test_rules_survive_their_text(text: str) -> None:
    campaign = Campaign("c", "C", match=(match_rule(text),))
    assert Campaign.from_json(campaign.to_json()) == campaign


@pytest.mark.parametrize("text", ["", "template", "template=", "=x", "callback=x", "Template=x"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        match_rule(text)


@pytest.mark.parametrize("text", ["", "unassigned", "../x", "a/b", "a b", ".hidden", "-x", "a" * 101, "ä", "a\n"])
def test_bad_ids_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        check_id(text, "a campaign")
