"""The report: every chart in a real browser, texts escaped, errors of the command."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from qupersync.cli.parser import main
from qupersync.cli.report import write_report
from qupersync.clock import utc_now
from qupersync.errors import ConfigurationError, WarehouseError
from qupersync.project import Project
from qupersync.report.contents import gather
from qupersync.report.freshness import Thresholds
from qupersync.report.page import _for_script
from qupersync.warehouse.base import Warehouse
from tests.support.report_warehouse import SCRIPT
from tests.support.warehouses import execute

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Appended by the test: the number of marks that each chart drew, written into the DOM.
PROBE = """<script>
const drawn = {};
for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const chart = Chart.getChart(canvas);
  drawn[canvas.dataset.chart] = chart.data.datasets.reduce((sum, dataset, i) =>
    sum + chart.getDatasetMeta(i).data.filter((mark, k) => dataset.data[k] !== null && !isNaN(mark.y)).length, 0);
}
const probe = document.createElement("pre"); probe.id = "probe"; probe.textContent = JSON.stringify(drawn);
document.body.append(probe);
</script>"""


@pytest.fixture(scope="module")
def page(project: Project, built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    write_report(project, built, None, 14, file)
    return file


def browse(page: Path, folder: Path) -> tuple[str, str, list[str]]:
    """The DOM once the scripts ran, the console's messages, and the addresses that were requested."""
    if not CHROMIUM:
        pytest.skip("no chromium here")
    log = folder / "net.json"
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
         "--enable-logging=stderr", "--virtual-time-budget=4000", "--window-size=1400,2000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    events = [event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"]]
    # The browser's own requests have no origin; those of a page have the page's.
    requested = [
        p["url"]
        for p in events
        if str(p.get("url", "")).startswith("http") and p.get("initiator", "not an origin") != "not an origin"
    ]
    return done.stdout, console, requested


def test_charts_have_a_mark_for_each_row(project: Project, built: Warehouse, page: Path, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    dom, console, requested = browse(probed, tmp_path)
    found = json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom, re.S).group(1)))  # type: ignore[union-attr]
    sections = gather(built, Thresholds.of(project), None, 14, utc_now()).sections
    assert found == {chart.name: chart.marks for section in sections for chart in section.charts}
    assert min(found.values()) > 0
    (days,) = execute(
        built, "select count(distinct query_day) from qupersync_marts.query_performance_daily where query_day > (select max(synced_at)::date - 14 from qupersync_staging.sync_runs)"
    )  # fmt: skip
    assert found["queries"] == days[0]
    assert console == ""
    assert requested == []


def test_texts_of_the_data_are_escaped(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert SCRIPT not in text
    assert "&lt;script&gt;document.title=" in text
    assert page.stat().st_size < 5_000_000
    dom, _, _ = browse(page, tmp_path)
    assert "<title>QuperSync" in dom


def test_chart_names_cannot_end_the_script(built: Warehouse) -> None:
    assert "</" not in str(_for_script({"</script><b>": 1}))


def test_command_and_its_errors(
    project: Project, built: Warehouse, warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--target", built.target, "-o", str(tmp_path / "r.html"), "--days", "3"]) == 0
    assert "report:" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="--cluster nobody: not in"):
        write_report(project, built, ["nobody"], 7, tmp_path / "r.html")
    with pytest.raises(ConfigurationError, match="there is no folder"):
        write_report(project, built, None, 7, tmp_path / "none" / "r.html")
    for folder in (str(tmp_path), ".", "/"):
        with pytest.raises(ConfigurationError, match="is a folder: name a file in it"):
            write_report(project, built, None, 7, Path(folder))
    with pytest.raises(ConfigurationError, match="-o /dev/full: No space left on device"):
        write_report(project, built, None, 7, Path("/dev/full"))
    assert Path("/dev/full").is_char_device()  # and has not been replaced by a file
    with pytest.raises(WarehouseError, match="nothing to report yet"):
        write_report(project, warehouse, None, 7, tmp_path / "r.html")
