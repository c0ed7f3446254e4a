"""Secrets, read through Dapr when they are used, so that a rotated one counts at once."""

import hmac
import json
from typing import Any
from urllib.parse import quote

import httpx

from app import sidecar
from app.settings import SECRET_STORE


class SecretError(Exception):
    """The secret cannot be used: it is missing, denied or empty. Asking again does not help."""


def get(name: str) -> str:
    """Give a secret's value. Raises SecretError, and SidecarError when the store does not answer."""
    answer = sidecar.request("GET", f"/secrets/{SECRET_STORE}/{quote(name, safe='')}")
    if answer.status_code == httpx.codes.FORBIDDEN:
        raise SecretError(f"secret {name} is denied to this app")
    # Dapr has no status of its own for a missing secret: stores answer 500 with these words.
    if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR and "not found" in answer.text:
        raise SecretError(f"secret {name} is missing")
    value: str | None = sidecar.check(answer).json().get(name)
    if not value:
        raise SecretError(f"secret {name} is {'missing' if value is None else 'empty'}")
    return value


def sign(content: dict[str, Any], name: str) -> str:
    """Give the HMAC-SHA256 of the content in hexadecimal digits, made with the named secret."""
    return hmac.digest(get(name).encode(), json.dumps(content, sort_keys=True).encode(), "sha256").hex()
