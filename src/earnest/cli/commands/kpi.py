"""earnest kpi list, show, dimensions, explain."""

from __future__ import annotations

import click

from earnest.cli.output import Output, shared


@click.group(name="kpi")
def group() -> None:
    """KPIs: definitions, figures, and the rows behind each figure."""


@group.command(name="list")
@click.option("--family", default=None, help="Only of this family.")
@click.option("--available", is_flag=True, help="Leave out what is not computed yet.")
@shared
def list_kpis(out: Output, *, family: str | None, available: bool) -> None:
    """List KPIs with family, unit, formula and source of figures.

    In a workspace also which of them lead its reports.
    """
    from earnest.cli.kpi_entries import entry_json, leading_of, listed, print_entries

    entries = listed(family, available=available)
    leading = leading_of(out.workspace_if_any())
    out.data([entry_json(one, leading) for one in entries], lambda c: print_entries(c, entries, leading))
    out.next("earnest kpi explain click_through_rate --campaign ID")


@group.command()
@click.argument("kpi_id", metavar="KPI")
@click.option("--by", multiple=True, metavar="DIMENSION", help="Cut by it; several times, or with commas.")
@click.option(
    "--filter", "filters", multiple=True, metavar="DIMENSION=VALUE", help="Only these; several of one are alternatives."
)
@click.option("--campaign", default=None, help="The same as --filter campaign=ID.")
@click.option(
    "--period", default=None, help="2026-09, 2026-Q3, 2026, 2026-W36, FIRST..LAST or last-30d; all time if left out."
)
@click.option("--grain", type=click.Choice(["day", "week", "month"]), default=None, help="A row a day, week or month.")
@click.option(
    "--compare", type=click.Choice(["previous", "last-year", "last-wave", "target"]), default=None, help="Hold against."
)
@click.option("--model", default="last_touch", show_default=True, help="Attribution model of attributed KPIs.")
@click.option(
    "--format", "file_format", type=click.Choice(["table", "csv"]), default="table", help="csv prints all rows."
)
@shared
def show(
    out: Output,
    *,
    kpi_id: str,
    by: tuple[str, ...],
    filters: tuple[str, ...],
    campaign: str | None,
    period: str | None,
    grain: str | None,
    compare: str | None,
    model: str,
    file_format: str,
) -> None:
    """Show a KPI, cut by dimensions, filters and days.

    Each figure comes with its interval, the sums behind it, and the day each of them counts on.
    """
    from earnest.cli.kpi_answer import print_answer, print_csv
    from earnest.usecases.kpi_ask import KpiAsk
    from earnest.usecases.kpi_query import show_kpi

    names = tuple(name.strip() for text in by for name in text.split(",") if name.strip())
    kept = (*filters, *((f"campaign={campaign}",) if campaign is not None else ()))
    answer = show_kpi(out.workspace(), KpiAsk(kpi_id, names, kept, period, grain, compare, model))
    if file_format == "csv" and not out.as_json:
        print_csv(answer)
        return
    out.data(answer.to_json(), lambda c: print_answer(c, answer))
    out.next(f"earnest kpi explain {answer.kpi.id} --campaign {campaign or 'ID'}")


@group.command()
@shared
def dimensions(out: Output) -> None:
    """List what KPIs can be cut by, with the values there are."""
    from earnest.cli.kpi_answer import print_dimensions
    from earnest.usecases.kpi_query import list_dimensions

    listed = list_dimensions(out.workspace())
    out.data(listed, lambda c: print_dimensions(c, listed))
    out.next("earnest kpi show click_through_rate --by channel --grain month")


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
