import base64
import copy
import json
import shlex
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapr_conformance.reporting.masking import MASK, masked

SECRETS = ["hunter2hunter2", 'p"ass\\w/o+r d&%=', "pässwörd-é", "tab\there", "it's here", "a\u2028b<c>"]


def note(text):
    return {"schema": "s", "notes": [text]}


def of_note(text, *secrets):
    return masked(note(text), secrets)["notes"][0]


def spellings(secret):
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)
    yield json.dumps(secret, ensure_ascii=False)
    yield json.dumps(json.dumps(secret))
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield quote(secret, safe="").lower() if secret.islower() else quote(secret)
    yield shlex.quote(secret)
    yield raw.decode("latin-1")
    for prefix in (b"", b"u", b"us", b"use"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(prefix + raw).decode()
            yield encode(prefix + raw + b":x").decode()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_found_in_every_spelling(secret):
    for spelling in spellings(secret):
        got = of_note(f"before {spelling} after", secret)
        assert MASK in got, spelling
        assert spelling not in got
        assert got.startswith("before ")
        assert got.endswith(" after")


@given(st.text(min_size=4, max_size=12), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_never_survives_as_it_is(secret, before, after):
    if secret not in MASK * 3:
        assert secret not in of_note(before + secret + after, secret).replace(MASK, "\0")


def test_a_longer_secret_wins_over_its_own_part():
    assert of_note("x hunter2-extended y", "hunter2", "hunter2-extended") == f"x {MASK} y"


def test_values_too_short_to_be_told_apart_stay():
    assert of_note("abc is the alphabet", "abc", "") == "abc is the alphabet"


def test_each_longer_line_of_a_secret_is_masked_where_a_log_shows_it_alone():
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG\n-----END KEY-----\n"
    assert of_note("loaded MIIEvQIBADANBgkqhkiG", key) == f"loaded {MASK}"


@pytest.mark.parametrize("name", ["Authorization", "dapr-api-token", "COOKIE", "set-cookie", "proxy-authorization"])
def test_secret_headers_are_masked_by_their_name(name):
    data = {"pairs": [[name, "Bearer unknown"], ["accept", "*/*"]], "mapping": {name: "Bearer unknown", "accept": "x"}}
    got = masked({"evidence": data}, [])["evidence"]
    assert got == {"pairs": [[name, MASK], ["accept", "*/*"]], "mapping": {name: MASK, "accept": "x"}}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("curl -H 'authorization: Bearer abc' -d x", f"curl -H 'authorization: {MASK}' -d x"),
        ('{"Dapr-Api-Token":"abc","a":1}', f'{{"Dapr-Api-Token":"{MASK}","a":1}}'),
        ("cookie: a=b; c=d\nhost: x", f"cookie: {MASK}\nhost: x"),
        ("the cookie was missing", "the cookie was missing"),
        ("my-cookie: stays", "my-cookie: stays"),
    ],
)
def test_a_secret_header_inside_a_text_is_masked(text, want):
    assert of_note(text) == want


def test_a_body_in_base64_is_masked_inside_and_still_decodes():
    body = {"base64": base64.b64encode(b"\xff\x00 hunter2hunter2 \xfe").decode()}
    got = masked({"body": body}, ["hunter2hunter2"])["body"]["base64"]
    assert base64.b64decode(got) == b"\xff\x00 *** \xfe"


def test_the_words_of_a_check_stay_even_if_a_secret_reads_like_them(results):
    secrets = ["passed", "properties", "must", "sidecar", "pubsub", "embedded"]
    got = masked(results, secrets)
    words = ("id", "kind", "level", "block", "vantage", "verdict", "attribution")
    assert [[row[w] for w in words] for row in got["checks"]] == [[row[w] for w in words] for row in results["checks"]]
    assert [row["id"] for row in got["not_tested"]] == [row["id"] for row in results["not_tested"]]
    assert got["schema"] == results["schema"]


def test_every_place_of_the_mapping_is_masked(results, secret):
    for path in ("source", "kind"):
        results["target"][path] = f"a {secret} b"
    results["run"]["command"] = secret
    results["series"] = [{"deep": [{"deeper": (secret, 1)}]}]
    got = masked(results, [secret])
    assert secret not in json.dumps(got)
    assert got["series"] == [{"deep": [{"deeper": [MASK, 1]}]}]


def test_masking_is_repeatable_and_leaves_its_input_alone(results, secret):
    before = copy.deepcopy(results)
    assert masked(results, [secret, "orders"]) == masked(results, ["orders", secret])
    assert results == before
