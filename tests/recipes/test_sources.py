"""Folders and mirrors, and whose checksum a download is held against."""

import hashlib
from dataclasses import replace

import pytest
from sparling_recipes.cache import folder_of, read_receipt
from sparling_recipes.errors import DataError

from tests.recipes.matrices import BODY, fetched


def test_a_folder_as_source(matrices, tmp_path):
    store = tmp_path / "store"
    store.mkdir()
    with pytest.raises(DataError, match=r"--source has no db\.meme: .*store"):
        fetched(matrices, str(store))
    (store / "db.meme").write_bytes(BODY)
    assert fetched(matrices, str(store)).read_bytes() == BODY
    assert (store / "db.meme").exists()
    assert read_receipt(matrices).origin == str(store / "db.meme")
    assert fetched(matrices, str(store / "db.meme")).read_bytes() == BODY
    (store / "db.meme").write_bytes(BODY[:-1])
    with pytest.raises(DataError, match=r"307,199 bytes, expected 307,200"):
        fetched(matrices, str(store))
    with pytest.raises(DataError, match="neither a folder, a file nor an http address: none"):
        fetched(matrices, "none")


@pytest.mark.parametrize("form", ["{0}/mirror", "{0}/mirror/", "{0}/mirror/db.meme"])
def test_a_mirror_as_source(site, matrices, form):
    site.files["/mirror/db.meme"] = BODY
    away = replace(matrices, url="http://127.0.0.1:1/db.meme")
    assert fetched(away, form.format(site.url)).read_bytes() == BODY


def md5_list(body: bytes) -> bytes:
    return f"{hashlib.md5(body).hexdigest()}  db.meme\n".encode()


def test_a_first_download_is_held_against_what_the_provider_publishes(site, matrices):
    open_ = replace(matrices, checksum=None, bytes=None, checksums_url=f"{site.url}/md5sum.txt")
    site.files["/md5sum.txt"] = md5_list(b"another")
    with pytest.raises(DataError, match=r"its checksum is not what the provider publishes, http.*\(md5:"):
        fetched(open_)
    assert not folder_of(open_).exists()
    site.files["/md5sum.txt"] = md5_list(BODY)
    fetched(open_)
    assert read_receipt(open_).checked == f"its checksum is what the provider publishes, {site.url}/md5sum.txt"


@pytest.mark.parametrize(
    ("listing", "doubt"),
    [(None, "no list of checksums (the server answers 404"), (b"\n", "md5sum.txt does not list it")],
)
def test_where_nothing_is_published_that_is_said(site, matrices, listing, doubt):
    open_ = replace(matrices, checksum=None, checksums_url=f"{site.url}/md5sum.txt")
    if listing is not None:
        site.files["/md5sum.txt"] = listing
    fetched(open_)
    checked = read_receipt(open_).checked
    assert checked.startswith("no checksum was known, this one is remembered; ")
    assert doubt in checked


def test_a_list_beside_the_file_in_a_folder(matrices, tmp_path):
    open_ = replace(matrices, checksum=None, checksums_url="http://127.0.0.1:1/MD5SUMS")
    (tmp_path / "db.meme").write_bytes(BODY)
    (tmp_path / "MD5SUMS").write_bytes(md5_list(BODY))
    fetched(open_, str(tmp_path))
    assert read_receipt(open_).checked == f"its checksum is what the provider publishes, {tmp_path / 'MD5SUMS'}"


def test_later_downloads_are_held_against_the_first(site, matrices):
    unknown = replace(matrices, checksum=None, bytes=None)
    path = fetched(unknown)
    path.unlink()
    site.files["/db.meme"] = BODY[::-1]
    with pytest.raises(DataError, match=r"its checksum is not that of the first download, 20\d\d-\d\d-\d\d \(sha256:"):
        fetched(unknown)
    site.files["/db.meme"] = BODY
    assert fetched(unknown).read_bytes() == BODY
    assert read_receipt(unknown).checked.startswith("its checksum is that of the first download, 20")
