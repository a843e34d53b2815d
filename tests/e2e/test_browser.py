"""The status page in a real browser: readable in light and dark, on a phone, and nothing loaded from elsewhere."""

import re

import pytest

from lab.browser import Browser
from lab.waiting import until
from lab.world import ONE, TWO, domains_of, entry
from test_metrics import port_of
from test_status import STATUS

LABORATORY = {"cluster": "kubesim"}

# Text and what is behind it, by the formula of WCAG 2.1: 4.5 is the least for small text.
CONTRAST = """
const part = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 };
const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number);
                     return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b) };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                      if (!/, 0\\)$|transparent/.test(c)) return c } return 'rgb(255, 255, 255)' };
const out = {};
for (const e of document.body.querySelectorAll('*')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const a = light(getComputedStyle(e).color), b = light(behind(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) out[e.textContent.trim().slice(0, 40)] = ratio;
}
return out;
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    shown = Browser(tmp_path_factory.mktemp("browser"))
    yield shown
    shown.stop()


@pytest.fixture
def page(lab, browser):
    """The page of a helper with one good and one bad instance."""
    namespace = lab.namespace()
    lab.configure([entry(ONE), entry(TWO)], watch_namespace=namespace)
    lab.cloud.fault("error_code", "GetAuthorizationToken", {"instance": TWO}, code="NoPermission", status=403)
    helper = lab.helper(*STATUS)
    lab.wait_secret(namespace, domains_of("one"))
    helper.wait_log("token_failed")
    browser.size(1000, 800)
    browser.open(f"http://127.0.0.1:{port_of(helper, 'status')}/")
    return until("the page shows both", lambda: browser.run("location.reload(); return 1") and
                 (text := browser.run("return document.body.innerText")) and TWO in text and ONE in text and text)


def test_it_says_what_matters_without_a_script_and_asks_no_other_server(page, browser):
    for part in ("NoPermission", "Cause:", "Remedy:", "expires in 59 min", domains_of("one")[0]):
        assert part in page, part
    assert browser.run("return document.scripts.length") == 0
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert [line for line in browser.complaints() if "favicon" not in line] == []
    assert browser.run("return document.documentElement.lang") == "en"
    assert float(re.search(r"[\d.]+", browser.run(
        "return getComputedStyle(document.querySelector('.bar i')).width"))[0]) > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_can_be_read_in_light_and_dark(page, browser, scheme, tmp_path):
    browser.prefer(scheme)
    assert browser.run(CONTRAST) == {}
    hide = "document.querySelector('b').style.color = getComputedStyle(document.body).backgroundColor;"
    assert browser.run(hide + CONTRAST) != {}  # it is measured
    brightness = browser.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    assert (int(brightness) > 127) == (scheme == "light")
    browser.picture(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 10_000


def test_it_fits_a_phone(page, browser):
    browser.size(360, 740)
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    assert browser.run("return [...document.querySelectorAll('.box')].every(e => "
                       "e.getBoundingClientRect().right <= 360 && e.scrollWidth <= e.clientWidth + 1)")


def test_a_namespace_is_found_by_a_part_of_its_name(page, lab, browser):
    name = lab.namespace()  # out of scope: the page knows nothing of it
    served = browser.run("return document.querySelector('#namespaces ~ table th[scope=row]').textContent")

    def search(text):
        browser.run(f"document.querySelector('input').value = {text!r}; document.querySelector('button').click(); return 1")
        return until("the answer", lambda: browser.run(
            f"return document.readyState === 'complete' && document.querySelector('input').value === {text!r}"
            " && location.search !== '' && document.body.innerText"))

    def rows():
        return browser.run("return [...document.querySelectorAll('#namespaces ~ table th[scope=row]')].map(e => e.textContent)")

    assert search(name).count("none has such a name") == 2  # no instance, no namespace
    search(served[1:])
    assert rows() == [served]
    search("faul")  # by its account
    assert rows() == [served]
    assert ONE in search(domains_of("one")[0])  # an instance, by its domain
    assert [line for line in browser.complaints() if "favicon" not in line] == []


def test_what_happened_last_stands_at_the_end(page, browser):
    last = browser.run("return document.querySelector('#changes').innerText")
    assert f"{TWO}@cn-hangzhou: cr GetAuthorizationToken of {TWO}: NoPermission" in last
    assert f"{ONE}@cn-hangzhou: the first credential" in last
    assert "configuration: accepted: 2 instances" in last


def test_it_refreshes_itself_only_when_asked_to(page, browser):
    refresh = "return document.querySelectorAll('meta[http-equiv=refresh]').length"
    assert browser.run(refresh) == 0
    browser.run("document.querySelector('form a').click(); return 1")
    until("it refreshes itself", lambda: browser.run("return document.readyState === 'complete'") and browser.run(refresh) == 1)
    assert browser.run("return document.querySelectorAll('input').length") == 0  # nothing that is typed could be lost
