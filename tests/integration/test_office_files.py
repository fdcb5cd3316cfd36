"""LibreOffice opens what we print: the return follows the margin, by a calculation that is not ours; the deck holds its charts."""

import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from earnest.reports.pptx import pptx
from earnest.reports.xlsx import xlsx
from unit.reports.made import made

INSTALL = "apt-get install -y --no-install-recommends libreoffice-calc libreoffice-impress"


@pytest.fixture(scope="module")
def office() -> str:
    """The program; EARNEST_OFFICE_NEEDED=1 makes its lack a failure."""
    found = shutil.which("soffice")
    if found is None:
        if os.environ.get("EARNEST_OFFICE_NEEDED"):
            pytest.fail(f"LibreOffice is needed here: {INSTALL}")
        pytest.skip(f"LibreOffice is not installed: {INSTALL}")
    return found


def converted(office: str, file: Path, ending: str) -> Path:
    """The file in another form, recalculated on the way, by a profile of its own."""
    out = file.parent / "converted"
    profile = f"-env:UserInstallation=file://{file.parent}/profile"
    command = [office, profile, "--headless", "--convert-to", ending, "--outdir", str(out), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return out / f"{file.stem}.{ending}"


def named(book: Any, name: str) -> Any:
    ((sheet, place),) = book.defined_names[name].destinations
    return book[sheet][place.replace("$", "")]


def live(book: Any, label: str) -> list[Any]:
    rows = [row for row in book.worksheets[0].iter_rows() if row[0].value == label]
    return [cell.value for cell in rows[-1][1:4]]


def recalculated(office: str, folder: Path, report: str, **inputs: float) -> Any:
    """The workbook of a story as LibreOffice computes it with other inputs; every cached value is thrown away before."""
    book = openpyxl.load_workbook(io.BytesIO(xlsx(made(report))))
    for name, value in inputs.items():
        named(book, name).value = value
    file = folder / "changed.xlsx"
    book.save(file)
    return openpyxl.load_workbook(converted(office, file, "xlsx"), data_only=True)


def test_the_return_follows_the_margin(office: str, tmp_path: Path) -> None:
    """By hand: extra 39,293.99; at 30 % it is 11,788.197; less 8,172 is 3,616.197; 11,788.197 / 8,172 = 1.442511."""
    book = recalculated(office, tmp_path, "gain", margin=0.30)
    assert live(book, "Contribution after messaging")[0] == pytest.approx(3_616.197, abs=0.01)
    assert live(book, "Extra gross profit per €1 spent")[0] == pytest.approx(1.442511, abs=1e-5)
    assert live(book, "Return on investment (ROI), incremental")[0] == pytest.approx(0.442511, abs=1e-5)
    assert live(book, "Return on ad spend (ROAS), incremental")[0] == pytest.approx(4.808369, abs=1e-5)
    low = live(book, "Contribution after messaging")[1]
    assert low == pytest.approx(21_527.886 * 0.3 - 8172, abs=0.01)
    said = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
    assert "Break-even lies inside the interval" in said
    assert any(str(text).startswith("Assumptions were changed") for text in said)


@pytest.mark.parametrize("report", ["gain", "inconclusive", "margin_missing"])
def test_what_it_computes_is_what_we_wrote_into_the_cells(office: str, tmp_path: Path, report: str) -> None:
    ours = openpyxl.load_workbook(io.BytesIO(xlsx(made(report))), data_only=True)
    theirs = recalculated(office, tmp_path, report)
    formulas = openpyxl.load_workbook(io.BytesIO(xlsx(made(report))))
    compared = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    mine, its = (book[sheet.title][cell.coordinate].value for book in (ours, theirs))
                    assert its == (pytest.approx(mine) if isinstance(mine, int | float) else mine), cell.coordinate
                    compared += 1
    assert compared > 15


def test_a_margin_that_was_missing_can_be_filled_in(office: str, tmp_path: Path) -> None:
    """The verdict stays withheld, the range appears: 21,527.886 × 40 % − 8,172 = 439.15; 57,058.33 × 40 % − 8,172 = 14,651.33."""
    book = recalculated(office, tmp_path, "margin_missing", margin=0.40)
    point, low, high = live(book, "Contribution after messaging")
    assert point == "range only"
    assert (low, high) == (pytest.approx(439.15, abs=0.01), pytest.approx(14_651.33, abs=0.01))


def test_the_deck_opens_with_its_charts(office: str, tmp_path: Path) -> None:
    file = tmp_path / "deck.pptx"
    file.write_bytes(pptx(made("gain", "ru")))
    archive = zipfile.ZipFile(file)
    charts = [name for name in archive.namelist() if name.startswith("ppt/charts/chart")]
    assert len(charts) == 4
    drawn = zipfile.ZipFile(converted(office, file, "odp"))
    objects = {
        name.split("/")[0] for name in drawn.namelist() if name.startswith("Object ") and name.endswith("content.xml")
    }
    kept = [name for name in objects if b"chart:series" in drawn.read(f"{name}/content.xml")]
    assert len(kept) == len(charts), "LibreOffice keeps every chart as a chart that can be edited"
