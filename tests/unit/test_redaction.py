"""A planted secret of each shape is not in what is printed, logged, sent or stored."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import SettingsError
from detente.base.redaction import redacted
from detente.operations import logs
from detente.sources.download import Wanted
from detente.sources.fetch import Fetcher, Limits
from tests.support.studies import study_table

SECRET = "planted-7f3a9c"
SHAPES = [
    f"https://somebody:{SECRET}@example.org/x/",
    f"http://{SECRET}@example.org/",
    f"https://example.org/?a=1&token={SECRET}&b=2",
    f"https://example.org/?api_key={SECRET}",
    f"https://example.org/list;access_token={SECRET}",
    f"Authorization: Bearer {SECRET}",
    f"authorization: Basic {SECRET}",
    f"X-Api-Key: {SECRET}",
    f"the header said bearer {SECRET}",
    f'{{"password": "{SECRET}"}}',
    f"{{'client_secret': '{SECRET}'}}",
    f"password={SECRET}",
    f"https://somebody:a@b/{SECRET}@example.org/x",
    f"https:\\/\\/somebody:{SECRET}@example.org",
    f"proxy somebody:{SECRET}@example.org:8080",
    f"//somebody:{SECRET}@example.org/x",
    f"https://example.org/;jsessionid={SECRET}",
    f"https://example.org/%3Ftoken%3D{SECRET}",
    f"Set-Cookie: id={SECRET}; Path=/",
    f"password: {SECRET}",
    f"ACLED_PASSWORD = 'two words {SECRET}'",
    f"refresh_token: {SECRET}",
    f"https://example.org/?key={SECRET}",
    f"https://example.org/?x-auth={SECRET}&a=1",
    f"https://example.org/?clientSecret={SECRET}",
    f"{{'key': '{SECRET}'}}",
    f"Subscription-Key={SECRET}",
    "Bearer abcdefghijklmnopqrstuvwxyz".replace("abc", SECRET),
    f"Location: https://example.org/login?ticket={SECRET}",
    f"https://example.org/?user=a&pwd={SECRET}",
    f"https://example.org/?user=a&credential={SECRET}",
    f"X-Auth-Token: {SECRET}",
    f"PRIVATE-TOKEN: {SECRET}",
    f"Ocp-Apim-Subscription-Key: {SECRET}",
    f"AccountKey={SECRET};EndpointSuffix=x",
    f"secret_key: {SECRET}",
    f"passphrase={SECRET}",
    f"create secret one (type s3, key_id 'A', secret '{SECRET}')",
    f"<SecretAccessKey>{SECRET}</SecretAccessKey>",
    f"https://hooks.slack.com/services/T0/B0/{SECRET}",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_a_secret_is_left(shape: str) -> None:
    assert SECRET not in redacted(f"before {shape} after")
    assert redacted(redacted(shape)) == redacted(shape)
    line = logs.JsonLines().format(logging.makeLogRecord({"msg": "%s", "args": (shape,)}))
    assert SECRET not in line
    json.loads(line)


def test_the_environments_own_secrets_are_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACLED_PASSWORD", "orange lamp")
    assert redacted("it answered: orange lamp") == "it answered: ***"


def test_they_are_not_left_as_others_write_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an address quotes a password and as a mail server answers it; that of a proxy, too."""
    monkeypatch.setenv("DETENTE_SMTP_PASSWORD", "orange lamp")
    assert redacted("535 b3JhbmdlIGxhbXA= or orange%20lamp") == "535 *** or ***"
    assert redacted("AUTH PLAIN AGpvZQBvcmFuZ2U= refused") == "AUTH PLAIN *** refused"
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:planted77@proxy.example.org:3128")
    assert redacted("407 for joe with planted77") == "407 for joe with ***"
    monkeypatch.setenv("NO_PROXY", "[::1@")  # no address
    assert redacted("as it was") == "as it was"


def test_a_variable_that_is_no_secret_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKTOP_SESSION", "studies")
    assert redacted("/home/somebody/studies/detente.toml") == "/home/somebody/studies/detente.toml"


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a?first=1", "select key from t where key = 1", "a key: the first",
        "https://example.org/@somebody/a", "mailto:somebody@example.org", "unknown key: titel",
        "Unexpected token: }", "the password is wrong",
        "the Treaty on Basic Relations", "basic statistics of the series", "bearer securities.",
        "select a from t where t.key=1 and sort_key=day", "Turkey=4, monkey=5", "compass=north",
        '{"primary_key": "dyad", "turkey": "TUR"}', "sig=0.05", "a query, got which_secret. It is",
        "the secret of success", "AUTH failed", "a well-known token: }", "sign-in key: x",
        "mail somebody@example.org", "gdelt2: 3 files, 5 rows = 5 loaded + 0 out of scope",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "address",
    [f"https://somebody:{SECRET}@example.org/", f"https://example.org/?token={SECRET}/"],
)
def test_an_address_with_a_secret_is_refused_without_saying_it(
    tmp_path: Path, address: str
) -> None:
    path = tmp_path / "detente.toml"
    path.write_text(
        study_table("2020-01-01", "JPN", "KOR") + f'[sources.gdelt2]\nbase_url = "{address}"\n'
    )
    with pytest.raises(SettingsError, match="environment") as refused:
        settings.load(path)
    assert SECRET not in str(refused.value)
    assert "base_url" in str(refused.value)


def test_what_a_download_says_holds_no_secret(tmp_path: Path) -> None:
    url = f"http://somebody:{SECRET}@127.0.0.1:9/x.csv?token={SECRET}"
    with Fetcher(Limits(attempts=1, wait_seconds=0, timeout_seconds=2)) as fetcher:
        fetched = fetcher.fetch(Wanted("x", url, tmp_path / "x.csv"))
        assert SECRET not in str(fetched.note)
        with pytest.raises(Exception, match=r"127\.0\.0\.1") as refused:
            fetcher.text(url)
    assert SECRET not in str(refused.value)
