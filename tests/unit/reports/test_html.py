"""The HTML file: self-contained, silent, safe, and true to the story's figures."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib import resources

import pytest

from earnest.kernel.errors import UsageError
from earnest.kernel.finding import Finding
from earnest.reports.html import campaign_report
from earnest.reports.words import languages
from earnest.verdict.story import CampaignStory, ChargeLine, ChargeMix, FailureLine
from unit.reports.pages import Page
from unit.reports.parts import KPIS
from unit.reports.stories import ALL, SEVEN, gain, inconclusive, running, withheld

Make = Callable[[], CampaignStory]
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}\u202egnp.exe'


@pytest.fixture(params=[(name, language) for name in ALL for language in languages()], ids="-".join)
def source(request: pytest.FixtureRequest) -> str:
    name, language = request.param
    return campaign_report(ALL[name](), language=language)


def test_stands_alone(source: str) -> None:
    page = Page(source)
    outside_fonts = re.sub(r"base64,[A-Za-z0-9+/=]+", "", source)
    assert not re.search(r"https?:|//|@import", outside_fonts)
    assert not {"script", "img", "link", "iframe", "object", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in {"style", "src"}]
    assert [value for name, value in page.attributes if name == "href"] == ["#result"]


def test_policy_allows_exactly_this_style(source: str) -> None:
    page = Page(source)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert page.policy == f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:"


def test_tags_nest_and_ids_are_unique(source: str) -> None:
    page = Page(source)
    assert not page._open
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == 1
    assert page.tags.count("html") == 1


def test_colours_live_in_the_tokens_only(source: str) -> None:
    body = source[source.index("</style>") :]
    assert not re.search(r"#[0-9a-fA-F]{6}\b", body)


def test_words_that_claim_too_much_are_absent(source: str) -> None:
    said = Page(source).text.lower()
    assert "significant" not in said
    assert "probability" not in said
    assert "вероятност" not in said
    assert "none" not in said.split()
    assert "nan" not in said.split()


def test_weight() -> None:
    fonts = resources.files("earnest.reports").joinpath("fonts")
    assert sum(len(each.read_bytes()) for each in fonts.iterdir() if each.name.endswith(".woff2")) <= 130_000
    assert len(campaign_report(gain()).encode()) <= 200_000


def test_fonts_are_the_ones_the_readme_names() -> None:
    fonts = resources.files("earnest.reports").joinpath("fonts")
    readme = fonts.joinpath("README.md").read_text("utf-8")
    for font in fonts.iterdir():
        if font.name.endswith(".woff2"):
            assert hashlib.sha256(font.read_bytes()).hexdigest() in readme


def test_same_story_same_bytes() -> None:
    assert campaign_report(gain()) == campaign_report(gain())


@pytest.mark.parametrize("field", ["name", "campaign", "generation", "version"])
def test_hostile_texts_are_shown_not_run(field: str) -> None:
    _harmless(replace(gain(), **{field: HOSTILE}))


def test_hostile_texts_deeper_in_the_story_are_shown_not_run() -> None:
    story = gain()
    experiment = story.experiment
    assert experiment is not None
    _harmless(
        replace(
            story,
            channels=(HOSTILE,),
            assumptions=(HOSTILE,),
            findings=(Finding("x", "warns", HOSTILE, HOSTILE),),
            kpis=(
                replace(KPIS[0], kpi="own", name=HOSTILE, formula=HOSTILE, denominator=HOSTILE, typical_source=HOSTILE),
            ),
            costs=(replace(story.costs[0], kind=HOSTILE, evidence=HOSTILE, description=HOSTILE),),
            funnel=(replace(story.funnel[0], step=HOSTILE, note=HOSTILE),),
            failures=(FailureLine(HOSTILE, 3, None, (HOSTILE,)),),
            charges=ChargeMix(1, 0, 0, (ChargeLine(HOSTILE, HOSTILE, None, HOSTILE, 1, Decimal(1), "EUR"),)),
            claims={HOSTILE: story.cost_total},
            claimed_returns={HOSTILE: story.claimed_returns["linear"]},
            interval_rows=(story.interval_rows[0], replace(story.interval_rows[1], detail=HOSTILE)),
            experiment=replace(
                experiment, experiment=HOSTILE, arms=(*experiment.arms, replace(experiment.arms[0], arm=HOSTILE))
            ),
        )
    )


def _harmless(story: CampaignStory) -> None:
    for language in languages():
        source = campaign_report(story, language=language)
        page = Page(source)
        assert not {"script", "img"} & set(page.tags)
        assert "<script" not in source
        assert "\u202e" not in source
        assert "‹U+202E›" in source
        assert "{{ 7*7 }}" in source
        assert "<script>alert(1)</script>" in page.text


def test_unknown_language_names_the_choices() -> None:
    with pytest.raises(UsageError, match="xx") as refused:
        campaign_report(gain(), language="xx")
    assert "ru" in (refused.value.hint or "")


@pytest.mark.parametrize("make", [inconclusive, running])
@pytest.mark.parametrize("language", languages())
def test_no_point_where_nothing_is_proven(make: Make, language: str) -> None:
    story = make()
    said = Page(campaign_report(story, language=language)).text.replace("\xa0", " ").replace(",", ".")
    story_points = {name: story.estimate(name) for name in story.returns}
    assert story_points["incremental_return"] is not None
    assert story_points["incremental_return"].value == 1.57
    # 1.57 of €8,172: profit 12,830, contribution 4,658, extra revenue 27,891, the other ratios 0.57 and 3.41
    for point in ("1.57", "12 830", "12.830", "4 658", "4.658", "27 891", "27.891", "57.0%", "57.0 %", "3.41"):
        assert point not in said
    # means of the groups would give it away: 110,852 / 74,160 and 7,950.89 / 8,240
    for mean in ("€1.49", "1.49 €", "€0.96", "0.96 €"):
        assert mean not in said
    assert "ch-dot" not in campaign_report(story, language=language).split("</style>")[1]


def test_restated_points_stay_hidden_too() -> None:
    said = Page(campaign_report(inconclusive())).text
    assert "€0.51 to €2.37" in said
    assert "1.44" not in said


def test_withheld_shows_no_figure_of_the_effect() -> None:
    said = Page(campaign_report(withheld())).text
    for figure in ("2.21", "1.21", "3.21", "18,075", "9,903", "39,294", "110,852", "6.24", "13.57"):
        assert figure not in said


@pytest.mark.parametrize("name", SEVEN)
def test_every_verdict_has_its_own_headline(name: str) -> None:
    heads = {each: _headline(campaign_report(make())) for each, make in SEVEN.items()}
    assert list(heads.values()).count(heads[name]) == 1


def _headline(source: str) -> str:
    found = re.search(r'class="headline">([^<]+)<', source)
    assert found
    return found[1]
