"""`qupersync report`: the marts as one HTML file."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

from ..clock import utc_now
from ..errors import ConfigurationError
from ..project import Project, write_private
from ..report.contents import gather
from ..report.freshness import Thresholds
from ..report.page import render
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from .console import console


def write_report(
    project: Project, warehouse: Warehouse, clusters: Optional[Sequence[str]], days: int, file: Path
) -> None:
    """Write the report: the file is the old one or the new one, never half.

    Errors: ConfigurationError, WarehouseError.
    """
    if file.is_dir():
        raise ConfigurationError(f"-o {file} is a folder: name a file in it, such as {file / 'qupersync-report.html'}")
    if not file.resolve().parent.is_dir():
        raise ConfigurationError(f"-o {file}: there is no folder {file.resolve().parent}")
    page = render(gather(warehouse, Thresholds.of(project), clusters, days, utc_now()))
    try:
        if file.exists() and not file.is_file():  # a device or a pipe: not to be replaced by a file
            file.write_text(page, encoding="utf-8")
        else:
            write_private(file, page)
    except OSError as error:  # a full disk
        raise ConfigurationError(f"-o {file}: {error.strerror or error}") from None


def report(
    project: Project, target: Optional[str], clusters: Optional[Sequence[str]], days: int, output: str, show: bool
) -> int:
    """Write the report and print where it is."""
    file = Path(output)
    write_report(project, open_warehouse(project, target), clusters, days, file)
    console().print(f"report: {file.resolve()} ({file.stat().st_size / 1e6:.1f} MB)", markup=False, soft_wrap=True)
    if show:
        webbrowser.open(file.resolve().as_uri())
    return 0
