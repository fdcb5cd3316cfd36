"""Whatever was sent, clicked, bought and given back: under every model and preset the parts add up to the whole."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from earnest.usecases.attribution_claims import claim_by_presets
from earnest.usecases.attribution_compare import compare_attribution
from earnest.usecases.attribution_overlap import attribution_overlap
from earnest.usecases.import_files import import_files
from earnest.usecases.workspace import Workspace, init

FIRST = datetime(2026, 9, 1, tzinfo=UTC)
HOURS = st.integers(0, 24 * 20)
MESSAGE = st.tuples(
    st.integers(1, 4),  # person
    st.sampled_from(("spring,email", "vip,email", "flash,sms", "chat,whatsapp")),
    HOURS,
    st.sampled_from(("delivered", "read", "clicked", "replied")),
    st.integers(0, 60),  # hours until the answer
)
ORDER = st.tuples(st.integers(1, 5), HOURS, st.integers(0, 9_999), st.none() | st.integers(1, 19_999))
WORLD = st.tuples(st.lists(MESSAGE, max_size=14), st.lists(ORDER, min_size=1, max_size=8))


@settings(max_examples=8, deadline=None)
@given(world=WORLD)
def test_the_parts_add_up(
    world: tuple[list[tuple[int, str, int, str, int]], list[tuple[int, int, int, int | None]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = _world(Path(folder), *world)
        net = sum(amount - (refund or 0) for _, _, amount, refund in world[1])
        found = compare_attribution(workspace)
        assert found.net_revenue.minor == net
        for told in found.models:
            assert (told.unattributed is None) is (told.model.id == "any_touch")
            if told.unattributed is not None:
                assert told.attributed.minor + told.unattributed.minor == net
            assert sum(claim.revenue.minor for claim in told.claims) == told.attributed.minor
        conserving = {told.attributed.minor for told in found.models if told.model.spreads}
        assert len(conserving) <= 1, "the same orders have touches under every model; each is credited whole"
        assert sum(one.orders for one in found.evidence) == len(world[1])
        assert sum(one.revenue.minor for one in found.evidence) == net
        claims = claim_by_presets(workspace, ("own", "klaviyo-2024", "autopilot", "dub"))
        assert claims.claims[0].claimed.minor in conserving | {0}
        for difference in claims.differences:
            sums = dict.fromkeys(("one", "other", "moved"), 0)
            for item in difference.items:
                sums[item.side] += item.revenue.minor
            assert sums["one"] - sums["other"] == difference.difference.minor
        overlap = attribution_overlap(workspace, limit=None)
        assert (
            overlap.once.minor + overlap.twice.minor
            == overlap.claimed.minor
            == sum(t.claimed.minor for t in overlap.tools)
        )
        assert len(overlap.shared) == overlap.shared_count


def _world(
    folder: Path, messages: list[tuple[int, str, int, str, int]], orders: list[tuple[int, int, int, int | None]]
) -> Workspace:
    workspace = init(folder / "w", currency="EUR", timezone="UTC")
    lines = ["message_id,phone,campaign,channel,sent_at,delivered_at,read_at,clicked_at,replied_at"]
    for number, (who, label, hour, reached, later) in enumerate(messages):
        answers = [_at(hour + later) if reached == kind else "" for kind in ("read", "clicked", "replied")]
        lines.append(",".join((f"m{number}", f"+4915110{who:06}", label, _at(hour), _at(hour), *answers)))
    _bring(workspace, folder, "messages", lines)
    _bring(workspace, folder, "orders", ["order_id,phone,ordered_at,amount", *(
        f"o{number},+4915110{who:06},{_at(hour, minutes=7)},{amount / 100:.2f}" for number, (who, hour, amount, _) in enumerate(orders)
    )])  # fmt: skip
    refunds = [f"o{number},{refund / 100:.2f},{_at(24 * 25)}" for number, (*_, refund) in enumerate(orders) if refund]
    _bring(workspace, folder, "refunds", ["order_id,amount,refunded_at", *refunds])
    return workspace


def _bring(workspace: Workspace, folder: Path, kind: str, lines: list[str]) -> None:
    if len(lines) > 1:
        path = folder / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n")
        import_files(workspace, [path], kind, then_build=False)


def _at(hour: int, *, minutes: int = 0) -> str:
    return (FIRST + timedelta(hours=hour, minutes=minutes)).isoformat()
