"""earnest kpi list, show, explain."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="kpi")
def group() -> None:
    """KPIs: definitions, figures, and the rows behind each figure."""


@group.command(name="list")
@shared
def list_kpis(out: Output) -> None:
    """List KPIs with their formulas."""
    from earnest.cli.tables import print_table
    from earnest.kpis.catalogue import all_kpis

    entries = all_kpis().values()
    data = [
        {
            "kpi": k.id, "version": k.version, "name": k.name, "question": k.question, "numerator": k.numerator, "denominator": k.denominator,
            "unit": k.unit, "direction": k.direction, "example": k.example, "caveats": k.caveats, "source": k.source, "synonyms": list(k.synonyms),
        }
        for k in entries
    ]  # fmt: skip
    out.data(data, lambda c: print_table(c, ("kpi", "formula"), [(k.id, k.formula) for k in entries]))
    out.next("earnest kpi explain click_through_rate --campaign ID")


@group.command()
@click.argument("kpi_id", metavar="KPI")
@click.option("--campaign", required=True, help="Campaign.")
@shared
def show(out: Output, kpi_id: str, campaign: str) -> None:
    """Show one KPI of a campaign."""
    from earnest.cli.tables import escape, figure_text
    from earnest.usecases.explain_kpi import explain

    found = explain(out.workspace(), kpi_id, campaign, limit=0)
    out.data(
        {"kpi": found.kpi.id, "campaign": campaign, "figure": found.figure.to_json()},
        lambda c: c.print(escape(f"{found.kpi.name}: {figure_text(found.figure)}")),
    )
    out.next(f"earnest kpi explain {found.kpi.id} --campaign {campaign}")


@group.command()
@click.argument("kpi_id", metavar="KPI")
@click.option("--campaign", required=True, help="Campaign.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Rows to print of each set.")
@click.option(
    "--format", "file_format", type=click.Choice(["table", "csv"]), default="table", help="csv prints all rows."
)
@shared
def explain(out: Output, *, kpi_id: str, campaign: str, limit: int, file_format: str) -> None:
    """Explain a figure down to its rows. Definition, rule version, and the rows whose sum it is."""
    from earnest.cli.explanation import explanation_json, print_csv, print_explanation
    from earnest.usecases.explain_kpi import explain as explain_figure

    found = explain_figure(out.workspace(), kpi_id, campaign, limit=None if file_format == "csv" else limit)
    if file_format == "csv" and not out.as_json:
        print_csv(found)
        return
    out.data(explanation_json(found), lambda c: print_explanation(c, found))
    out.next(f"earnest kpi explain {found.kpi.id} --campaign {campaign} --format csv")


COMMANDS = {"kpi": group}
