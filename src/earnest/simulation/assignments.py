"""Who was put into which arm, as the sender's tool exports it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from earnest.simulation.batch import Batch
from earnest.simulation.chance import chosen, stream
from earnest.simulation.columns import labels
from earnest.simulation.definitions import CONTROL, TREATMENT, experiment_id
from earnest.simulation.plan import ShopPlan

SHARE_LOST_BY_SRM = 0.2
"""Share of the hold-out's rows that the defect "srm" loses."""

ASSIGNMENT_SCHEMA = pa.schema(
    [("experiment", pa.string()), ("phone", pa.string()), ("arm", pa.string()), ("assigned_at", pa.int64())]
)


def assignment_rows(plan: ShopPlan, batch: Batch) -> pa.Table:
    """One row an assigned person, shuffled; none where nobody is held out."""
    campaign, sends = batch.campaign, batch.sends
    if not campaign.holdout_share:
        return ASSIGNMENT_SCHEMA.empty_table()
    rng = stream(plan.seed, f"assignments:{campaign.id}", batch.block)
    control = sends.control
    if campaign.defect == "srm":
        control = control[~chosen(rng, SHARE_LOST_BY_SRM, len(control))]
    person = np.concatenate([sends.treated, control])
    arm = np.repeat([0, 1], [len(sends.treated), len(control)])
    order = rng.permutation(len(person))
    return pa.table(
        {
            "experiment": pa.repeat(experiment_id(campaign), len(person)),
            "phone": batch.group.phones.take(pa.array(person[order])),
            "arm": labels(arm[order], (TREATMENT, CONTROL)),
            "assigned_at": pa.repeat(sends.assigned_us, len(person)),
        }
    ).cast(ASSIGNMENT_SCHEMA)
