"""The report page in headless Chromium: plots have marks, nothing is fetched or complains, a copied command runs."""

import json
import shlex
import shutil
import subprocess
import sys

import pytest

from tamis.hdl.array.config import ArrayConfig
from tamis.model.workload import WORKLOADS
from tamis.sweep import point, results, rows
from tamis.sweep.spec import Point
from tamis.synth.target import select

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and CHROMEDRIVER), reason="chromium or chromedriver is not installed")
AREA = {"part": "array", "units": True, "verify": None}
DESIGNS = [{"patterns": patterns, "rows": 4, "cols": 2, "beta": 2, "alpha": 2}
           for patterns in ("1:1", "1:2", "1:4,2:4")]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A folder with report.html, made by the command line from measured designs, with a script in its name."""
    folder = tmp_path_factory.mktemp("page")
    made = []
    for fields in DESIGNS:
        config = ArrayConfig.parse(fields)
        outcome = point.evaluate(config, select("uniform"), AREA, point.identity())
        made.append(rows.row(Point(fields, config), outcome, [WORKLOADS["resnet50"]]))
    made.append(rows.row(Point({"patterns": "<script>alert(1)</script>"}, None, "<script>alert(2)</script>"), None, []))
    results.write(folder / "<script>alert(3)<" / "results.parquet", made, {"sweep": {"workloads": ["resnet50"]},
                                                                                    "tools": {}, "source": "0"})
    subprocess.run([sys.executable, "-m", "tamis", "report", "<script>alert(3)<", "-o", "report.html"], cwd=folder,
                   check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def browser(report):
    from selenium import webdriver
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(CHROMEDRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, report):
    from selenium.webdriver.common.by import By
    browser.get((report / "report.html").as_uri())
    browser.css = lambda selector: browser.find_elements(By.CSS_SELECTOR, selector)
    return browser


def test_every_plot_has_marks(page):
    assert len(page.css("#plot .mark")) == len(DESIGNS)
    assert len(page.css("#blocks rect")) >= 2 and len(page.css("#blocks line")) >= 4
    assert len(page.css("#pe svg text")) > 8 and len(page.css("#column svg path")) > 8
    assert len(page.css("#treemap rect")) >= 5
    for mark in page.css("#plot .mark path, #treemap rect:first-of-type, #blocks rect, #pe svg text, #column svg text"):
        assert mark.rect["width"] > 0 and mark.rect["height"] > 0
    # Further right is larger, higher is faster.
    at = {mark.get_attribute("aria-label").split(" MACs")[0]: mark.rect for mark in page.css("#plot .mark")}
    assert at["1:1, 4x2"]["x"] < at["1:4,2:4, 4x2"]["x"] and at["1:1, 4x2"]["y"] > at["1:4,2:4, 4x2"]["y"]


def test_nothing_complains_and_nothing_is_fetched(page):
    page.css("#plot .mark")[0].click()
    assert page.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    urls = [entry["params"]["request"]["url"] for entry in asked if entry["method"] == "Network.requestWillBeSent"]
    assert {url for url in urls if not url.startswith(("data:", "chrome"))} == {page.current_url}
    assert len(page.css("script")) == 1


def test_a_click_copies_a_command_that_runs(page, report, tmp_path):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    mark = page.css("#plot .mark")[-1]
    mark.click()
    said = page.css("#copied")[0]
    wait(lambda: said.text.startswith("Copied: "))
    text = page.execute_async_script("navigator.clipboard.readText().then(arguments[0], arguments[0])")
    assert text == said.text.removeprefix("Copied: ") == mark.get_attribute("data-command")
    program, *arguments = shlex.split(text)
    assert program == "tamis"
    subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=tmp_path, check=True, capture_output=True)
    folder, = (tmp_path / "build").iterdir()
    manifest, = (json.loads(file.read_text()) for file in folder.glob("*.json"))
    assert manifest["hash"] == folder.name in {row["design"] for row in results.read(
        report / "<script>alert(3)<" / "results.parquet")}


def test_the_commands_to_do_it_again_run(page, tmp_path):
    for command in page.css("#again .command code"):
        words = shlex.split(command.text)
        if words[1] == "synth":
            run = subprocess.run([sys.executable, "-m", "tamis", *words[1:], "--json"], cwd=tmp_path, check=True,
                                 text=True, capture_output=True)
    area, = (cell.text for cell in page.css("#design tbody tr:first-child td")[:1])
    assert f"{json.loads(run.stdout)['total']['area']:,.0f} tr" == area


def test_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys
    marks = page.css("#plot .mark")
    assert [mark.get_attribute("tabindex") for mark in marks] == ["0", "-1", "-1"]
    marks[0].send_keys(Keys.ARROW_RIGHT)
    focused = page.switch_to.active_element
    assert focused == marks[1]
    assert page.css("#hover")[0].text == marks[1].get_attribute("aria-label")
    focused.send_keys(Keys.ENTER)
    wait(lambda: marks[1].get_attribute("data-command") in page.css("#copied")[0].text)
    focused.send_keys(Keys.END)
    assert page.switch_to.active_element == marks[2]
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert page.switch_to.active_element == marks[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_phone_dark_and_light_by_the_rules(page, scheme, width):
    """axe-core, the accessibility rules that browsers' own audits run: contrast, names, roles, order."""
    axe = pytest.importorskip("axe_selenium_python")
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                         {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500})
    page.execute_cdp_cmd("Emulation.setEmulatedMedia",
                         {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    background = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")
    assert page.execute_script("return document.scrollingElement.scrollWidth") <= width
    checker = axe.Axe(page)
    checker.inject()
    found = checker.run()
    assert len(found["passes"]) > 10
    assert [(rule["id"], node["html"][:200], node["failureSummary"]) for rule in found["violations"]
            for node in rule["nodes"]] == []


def wait(condition):
    from selenium.webdriver.support.ui import WebDriverWait
    WebDriverWait(None, 5).until(lambda _: condition())
