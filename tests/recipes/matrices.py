"""What is downloaded in tests."""

import hashlib
from pathlib import Path

from sparling_recipes import fetch
from sparling_recipes.recipe import Recipe

BODY = bytes(range(256)) * 1200
SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()


def told(done: int, total: int | None) -> None:
    pass


def fetched(recipe: Recipe, source: str | None = None) -> Path:
    return fetch.fetch(recipe, source, told)
