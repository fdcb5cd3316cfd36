"""What may differ between the arms of an experiment: the share of units to which something happened, beyond chance."""

from __future__ import annotations


def arms_differ(happened: str, what: str) -> str:
    """SELECT of the experiments in whose arms something happened to different shares of the units (two-sided z test at p < 0.001).

    Args:
        happened: joins and conditions after `audit_unit AS u` that leave the units to which it happened. what: it in words.
    """
    return f"""WITH told AS (
            SELECT u.experiment, u.campaign, u.held_out, count(*) AS units, count(b.contact_key) AS happened
            FROM audit_unit AS u LEFT JOIN (
                SELECT u.experiment, u.contact_key FROM audit_unit AS u {happened} GROUP BY ALL
            ) AS b ON u.experiment = b.experiment AND u.contact_key = b.contact_key
            GROUP BY ALL
        ), pooled AS (
            SELECT t.experiment, t.campaign, t.units AS nt, t.happened / t.units AS pt, h.units AS nh, h.happened / h.units AS ph,
                (t.happened + h.happened) / (t.units + h.units) AS p
            FROM told AS t JOIN told AS h ON t.experiment = h.experiment AND NOT t.held_out AND h.held_out
        )
        SELECT 'unit' AS kind, campaign, experiment AS id,
            round(100 * pt, 1) || ' % of the treated {what}, ' || round(100 * ph, 1) || ' % of the hold-out' AS why
        FROM pooled WHERE p > 0 AND p < 1 AND abs(pt - ph) > 3.2905 * sqrt(p * (1 - p) * (1.0 / nt + 1.0 / nh))"""
