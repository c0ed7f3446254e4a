import base64
import re
from html.parser import HTMLParser

import pytest

from dapr_conformance import bundle
from dapr_conformance.reporting import html, results_json
from dapr_conformance.reporting.printable import HIDDEN

HOSTILE = [
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "<!-- --><base href=//evil>",
    "{{ 7*7 }}{% for x in y %}",
    "&lt;b&gt;&#60;",
    "` <b>`code`</b> `",
    "\u202eevil\u2066",
    "\x00\x07\x1b[31m\x7f\x9b",
    "\ud800 lone \udfff",
    "\u200b\ufeff\U000e0041\u2028",
    "Z\u0351\u036b\u0343" * 50,
    "a" * 1_000_000,
    "\x01" * 1_000_000,
    "\r\n" * 100_000,
    "",
]


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.links, self.text, self.attributes = set(), [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text.append(data)


def page(results):
    return html.page(results_json.complete(results))


def everywhere(results, text):
    """Put `text` wherever the app, its files or its logs decide what stands there."""
    results["target"] |= {"app_id": text, "source": text}
    results["notes"] = [text]
    results["environments"][0]["components"][0] |= {"name": text, "type": text, "version": text, "capabilities": [text]}
    results["not_tested"] = [{"id": text, "reason": text, "enable": text}]
    del results["checks"][4:]
    for row in results["checks"]:
        row.update(dict.fromkeys(("title", "block", "reason", "expected", "actual", "requirement", "source"), text))
        row.update(id=f"{row['id']}{text[:50]}", location={"file": text, "line": 1}, numbers={text: 1})
        row["reproduce"] |= {"command": text[:1000], "curl": text[:1000]}  # commands are made here, by curl.py
        row["evidence"] = _evidence(text)
    return results


def _evidence(text):
    message = {"headers": [[text, text]], "body": text, "sha256": text}
    request, response = {"method": text, "target": text, **message}, {"status": 200, **message}
    exchange = {
        "request": request,
        "response": response,
        "started_ms": 5.0,
        "duration_ms": 1.0,
        "side": text,
        "note": text,
    }
    rung = dict.fromkeys(("rung", "changed", "verdict", "detail"), text)
    return [
        {"kind": "example", "title": text, "data": {"text": text}},
        {"kind": "note", "title": text, "data": {"text": text}},
        {"kind": "exchange", "title": text, "data": exchange},
        {"kind": "log", "title": text, "data": {"process": text, "lines": [text, text]}},
        {"kind": "ladder", "title": text, "data": {"rungs": [rung]}},
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_the_app_says_is_data(results, text):
    made = page(everywhere(results, text))
    made.encode("utf-8")
    assert not HIDDEN.search(made)
    parsed = _Page(made)
    assert parsed.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "base", "form", "link", "b"})
    assert not [name for name in parsed.attributes if name.startswith("on")]
    assert all(link.startswith("#") for link in parsed.links)
    assert len(made) <= 10_000_000


def test_hidden_characters_are_spelt_out(results):
    results["checks"][1]["actual"] = "a\u202eb\x1bc\ud800d"
    assert 'a<span class="hidden">\\u202e</span>b<span class="hidden">\\x1b</span>c' in page(results)


def test_text_in_backticks_is_code_and_still_escaped(results):
    results["checks"][1]["actual"] = "got `<b>` not `&`"
    assert "got <code>&lt;b&gt;</code> not <code>&amp;</code>" in page(results)


def test_the_policy_forbids_scripts_and_requests(results):
    made = page(results)
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"" in made
    assert not re.search(r"url\(|@import|https?://(?!127\.0\.0\.1)", made)


def test_every_id_is_unique_and_every_link_leads_somewhere(results):
    results["checks"].append(dict(results["checks"][1]))
    parsed = _Page(page(results))
    assert len(parsed.ids) == len(set(parsed.ids))
    assert {link[1:] for link in parsed.links} <= set(parsed.ids)
    assert "properties-state-what_is_saved_is_read-app-embedded" in parsed.ids


def test_a_failure_shows_all_that_is_asked_of_it(results):
    text = "".join(_Page(page(results)).text)
    row = results["checks"][1]
    for part in (
        row["requirement"],
        row["expected"],
        row["actual"],
        row["reason"],
        row["id"],
        row["reproduce"]["command"],
    ):
        assert part in text
    for piece in row["evidence"]:
        if piece["kind"] == "log":
            assert all(line in text for line in piece["data"]["lines"])
    assert "${DAPR_HTTP_PORT}" in text
    assert "answered by the recorder in the sidecar's place" in text


def test_failures_come_before_all_else_and_a_must_before_a_should(results):
    results["checks"].reverse()
    results["checks"][-2]["level"] = "must"
    results["checks"][1]["level"] = "should"
    made = page(results)
    assert (
        made.index('id="failures"')
        < made.index('id="unknown"')
        < made.index('id="warnings"')
        < made.index('id="passed"')
    )
    musts = made.index('id="properties-state-what_is_saved_is_read-app-embedded"')
    assert musts < made.index('id="properties-pubsub-dead_letter_keeps_the_event-sidecar-embedded"')


def test_a_long_body_shows_its_ends_and_its_true_length(results):
    data = results["checks"][1]["evidence"][1]["data"]
    data["response"] |= {"body": "A" * 5000 + "B" * 5000, "length": 77_000_000}
    text = "".join(_Page(page(results)).text)
    assert "A" * 4096 + "… 4,880 characters left out …" + "B" * 1024 in text
    assert "Response, 77,000,000 bytes" in text


def test_a_body_of_bytes_is_spelt_out(results):
    data = results["checks"][1]["evidence"][1]["data"]
    data["request"] |= {"body": {"base64": base64.b64encode(b"\xff\xfe ok \x00").decode()}, "length": None}
    made = page(results)
    assert "\\xff\\xfe ok " in made
    assert "Request, 7 bytes" in made


def test_thousands_of_findings_fit(results):
    row = results["checks"][1]
    results["checks"] = [row] * 5_000
    made = page(results)
    assert len(made) <= 10_000_000
    assert "4,800 more in results.json" in made


def test_findings_that_are_huge_are_shown_fewer_not_cut_off(results):
    row = results["checks"][1] | {"evidence": _evidence("\x01a" * 5000) * 8}
    results["checks"] = [row] * 300
    made = page(results)
    assert len(made.encode()) <= 10_000_000
    assert made.rstrip().endswith("</html>")


@pytest.mark.parametrize("status", [None, 0, 1, 2, 3, 4, 5, 6, 7])
def test_a_run_without_checks_has_a_page(status):
    made = page({"run": {"exit_status": status}})
    assert "No check of either side ran." in made
    assert "Nothing was judged on the app" in made


def colours(scheme):
    css = (bundle.folder("reports") / "report.css").read_text()
    parts = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[: 1 if scheme == "light" else 2]
    return {name: value for part in parts for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)}


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Give the ratio of WCAG 2.2, section 1.4.3."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_on_every_ground_it_stands_on(scheme):
    known = {name: [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)] for name, value in colours(scheme).items()}
    bar = {
        name: [0.65 * tint + 0.35 * page for tint, page in zip(known[name], known["page"], strict=True)]
        for name in ("failed-soft", "passed-soft", "inconclusive-soft")
    }
    verdicts = ["failed", "flaky", "blocked", "inconclusive", "warned", "passed", "unsupported"]
    grounds = [known["page"], known["panel"], *bar.values()]
    pairs = [(name, ground) for name in [*verdicts, "text", "muted", "link"] for ground in grounds]
    pairs += [(name, known[f"{name}-soft"]) for name in verdicts if f"{name}-soft" in known]
    assert [name for name, ground in pairs if contrast(known[name], ground) < 4.5] == []
