"""Downloads that go well, are cut off, are wrong, or have nowhere to go; the server is on loopback."""

import errno
import gzip
import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sparling_recipes import download, fetch, unpack
from sparling_recipes.cache import folder_of, kept, read_receipt
from sparling_recipes.errors import DataError, Unreachable
from sparling_recipes.recipe import Recipe

from tests.recipes.matrices import BODY, SHA, fetched
from tests.recipes.server import Site


def left(recipe: Recipe) -> list[str]:
    """Names of everything in the folder of a recipe."""
    return sorted(path.name for path in folder_of(recipe).rglob("*"))


def test_a_download_is_kept_with_a_receipt(site, matrices, cache):
    steps = []
    path = fetch.fetch(matrices, None, lambda done, total: steps.append((done, total)))
    assert path == cache / "matrices" / "db.meme" == kept(matrices)
    assert path.read_bytes() == BODY
    assert left(matrices) == ["db.meme", "receipt.json"]
    receipt = read_receipt(matrices)
    assert (receipt.origin, receipt.bytes) == (matrices.url, len(BODY))
    assert receipt.sha256 == receipt.download == SHA.removeprefix("sha256:")
    assert receipt.checked == "its checksum is the recipe's"
    assert steps[0] == (0, len(BODY))
    assert steps[-1] == (len(BODY), len(BODY))
    assert fetch.verify(matrices) == "same"


def test_a_redirect_is_followed(site, matrices):
    site.moved["/old/db.meme"] = "/db.meme"
    assert fetched(replace(matrices, url=f"{site.url}/old/db.meme")).read_bytes() == BODY


def test_what_is_cut_off_goes_on_where_it_was(site, matrices):
    site.cuts = [100_000, 50_000]
    assert fetched(matrices).read_bytes() == BODY
    assert [span for _, span in site.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_what_is_cut_off_for_good_goes_on_another_day(site, matrices):
    site.cuts = [100_000, 0]
    with pytest.raises(Unreachable, match=r"100,000 bytes are here.*the connection was closed: http"):
        fetched(matrices)
    assert left(matrices) == [".db.meme.part", ".db.meme.part.note"]
    assert kept(matrices) is None
    site.asked.clear()
    assert fetched(matrices).read_bytes() == BODY
    assert site.asked == [("/db.meme", "bytes=100000-")]
    assert left(matrices) == ["db.meme", "receipt.json"]


def test_no_part_of_another_state_of_the_file_is_gone_on_with(site, matrices):
    site.cuts = [100_000, 0]
    with pytest.raises(Unreachable):
        fetched(matrices)
    newer = BODY[::-1]
    site.tag, site.files["/db.meme"] = '"2"', newer
    assert fetched(replace(matrices, checksum=None)).read_bytes() == newer


@pytest.mark.parametrize(("ranges", "tag"), [(False, '"1"'), (True, "")], ids=["no ranges", "no tag"])
def test_a_server_that_cannot_go_on_begins_anew(site, matrices, ranges, tag):
    site.ranges, site.tag, site.cuts = ranges, tag, [100_000, 200_000]
    assert fetched(matrices).read_bytes() == BODY


def test_no_part_of_a_mirror_is_gone_on_with_elsewhere(site, matrices):
    site.files["/mirror/db.meme"] = BODY[::-1]
    site.cuts = [100_000, 0]
    with pytest.raises(Unreachable):
        fetched(matrices, f"{site.url}/mirror")
    assert fetched(matrices).read_bytes() == BODY
    assert site.asked[-1] == ("/db.meme", None)


def test_a_part_that_is_too_long_is_fetched_anew(site, matrices):
    site.cuts = [len(BODY) - 1, 0]
    with pytest.raises(Unreachable):
        fetched(matrices)
    with (folder_of(matrices) / ".db.meme.part").open("ab") as part:
        part.write(b"too much")
    assert fetched(matrices).read_bytes() == BODY


def test_a_part_that_is_whole_already_is_taken(site, matrices):
    site.cuts = [len(BODY) - 1, 0]
    with pytest.raises(Unreachable):
        fetched(matrices)
    with (folder_of(matrices) / ".db.meme.part").open("ab") as part:
        part.write(BODY[-1:])
    assert fetched(matrices).read_bytes() == BODY
    assert site.asked[-1] == ("/db.meme", f"bytes={len(BODY)}-")


def test_a_corrupt_download_is_refused_and_nothing_is_left(site, matrices, cache):
    site.files["/db.meme"] = b"x" + BODY[1:]
    with pytest.raises(DataError, match=r"its checksum is not the recipe's \(sha256:.*nothing is kept: http"):
        fetched(matrices)
    assert not folder_of(matrices).exists()


def test_what_is_kept_stays_where_a_new_download_is_wrong(site, matrices):
    fetched(matrices)
    site.files["/db.meme"] = b"x" + BODY[1:]
    with pytest.raises(DataError, match="its checksum is not the recipe's"):
        fetched(matrices)
    assert left(matrices) == ["db.meme", "receipt.json"]
    assert fetch.verify(matrices) == "same"


def test_another_size_is_refused_before_it_is_downloaded(site, matrices):
    steps = []
    site.files["/db.meme"] = BODY + b"more"
    with pytest.raises(DataError, match=r"307,204 bytes, expected 307,200; nothing is kept: http"):
        fetch.fetch(matrices, None, lambda done, total: steps.append(done))
    assert steps == []
    assert not folder_of(matrices).exists()


@pytest.mark.parametrize("status", [404, 500])
def test_a_server_that_refuses_is_quoted(site, matrices, status):
    site.status["/db.meme"] = status
    with pytest.raises(Unreachable, match=rf"the server answers {status} \(.*\): {matrices.url}"):
        fetched(matrices)
    assert not folder_of(matrices).exists()
    assert len(site.asked) == 1


def test_without_a_network(site, matrices):
    with pytest.raises(Unreachable, match=r"no connection, Connection refused: http://127\.0\.0\.1:1/db\.meme"):
        fetched(replace(matrices, url="http://127.0.0.1:1/db.meme"))
    assert not folder_of(matrices).exists()


def test_a_name_that_nobody_knows(site, matrices):
    with pytest.raises(Unreachable, match=r"no connection, .*: http://nowhere\.invalid/db\.meme"):
        fetched(replace(matrices, url="http://nowhere.invalid/db.meme"))


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("module", "function"), [(download, "_stream"), (fetch, "write_receipt"), (unpack.shutil, "copyfileobj")]
)
def test_no_space(site, matrices, monkeypatch, module, function):
    site.files["/db.gz"] = gzip.compress(BODY)
    packed = replace(matrices, url=f"{site.url}/db.gz", step="gunzip", checksum=None, bytes=None)
    site.cuts = [100, 0]
    with pytest.raises(Unreachable):
        fetched(packed)
    monkeypatch.setattr(module, function, full)
    with pytest.raises(
        DataError, match=r"cannot be written \(No space left on device\); SPARLING_DATA names another: "
    ):
        fetched(packed)
    assert set(left(packed)) <= {"db"}
    assert kept(packed) is None


def test_too_little_space_is_said_before_anything_is_asked(site, matrices):
    huge = replace(matrices, bytes=10**15, step="gunzip")
    with pytest.raises(DataError, match=r"needs about 5,000,000\.0 GB, .* GB are free.*SPARLING_DATA"):
        fetched(huge)
    assert site.asked == []


def test_a_data_folder_that_cannot_be_written(site, matrices, cache):
    cache.write_text("a file in its place")
    with pytest.raises(DataError, match=r"the data folder cannot be written \(.*\); SPARLING_DATA names another: "):
        fetched(matrices)
    assert cache.read_text() == "a file in its place"


def test_two_at_once(site, matrices):
    folder_of(matrices).mkdir(parents=True)
    with fetch._alone(folder_of(matrices)):
        with pytest.raises(DataError, match=r"another process is fetching it: .*matrices"):
            fetched(matrices)
        assert left(matrices) == [".lock"]
    assert fetched(matrices).read_bytes() == BODY


def test_a_file_system_without_locks(site, matrices, monkeypatch):
    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fetch.fcntl, "flock", refuse)
    assert fetched(matrices).read_bytes() == BODY
    assert left(matrices) == ["db.meme", "receipt.json"]


def test_no_way_from_https_to_http(site, matrices, monkeypatch):
    site.moved["/old"] = "/db.meme"
    real = download.requests.get

    def as_if_secure(url: str, **options: Any) -> Any:
        response = real(url, **options)
        for before in response.history:
            before.url = before.url.replace("http:", "https:")
        return response

    monkeypatch.setattr(download.requests, "get", as_if_secure)
    with pytest.raises(Unreachable, match=rf"led from https to http, .*: {site.url}/db\.meme"):
        fetched(replace(matrices, url=f"{site.url}/old"))
    assert fetched(matrices).read_bytes() == BODY


def test_gzip_is_taken_off(site, matrices):
    site.files["/hg.fa.gz"] = gzip.compress(BODY)
    genome = replace(matrices, url=f"{site.url}/hg.fa.gz", step="gunzip", checksum=None, bytes=None)
    path = fetched(genome)
    assert (path.name, path.read_bytes()) == ("hg.fa", BODY)
    assert left(genome) == ["hg.fa", "receipt.json"]
    assert fetch.verify(genome) == "same"


def zipped(members: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return body.getvalue()


def test_an_archive_is_unpacked_whole_and_anew(site, matrices):
    site.files["/s.zip"] = zipped({"s-main/1.wav": b"one", "s-main/2.wav": b"two", "../../evil": b"x"})
    sounds = replace(matrices, url=f"{site.url}/s.zip", step="unzip", file="sounds", checksum=None, bytes=None)
    folder = fetched(sounds)
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == [
        "evil",
        "s-main/1.wav",
        "s-main/2.wav",
    ]
    assert kept(sounds) == folder
    (folder / "s-main" / "1.wav").write_text("new")
    assert fetch.verify(sounds) == "changed"
    fetched(sounds)
    assert fetch.verify(sounds) == "same"


def test_one_member_of_an_archive(site, matrices):
    site.files["/s.zip"] = zipped({"d/a.meme": b"A", "d/b.meme": b"B", "d/read.me": b"C"})
    one = replace(matrices, url=f"{site.url}/s.zip", step="unzip", file="b.meme", checksum=None, bytes=None)
    assert fetched(replace(one, member="*/b.meme")).read_bytes() == b"B"
    with pytest.raises(DataError, match=r"broken archive \(2 members like \*\.meme, expected one\)"):
        fetched(replace(one, name="two", member="*.meme"))
    assert not folder_of(replace(one, name="two")).exists()


@pytest.mark.parametrize(
    ("step", "name", "spoil"),
    [
        ("gunzip", "x.gz", lambda: gzip.compress(BODY)[:-20]),
        ("gunzip", "x.gz", lambda: b"<html>no such page</html>"),
        ("unzip", "x.zip", lambda: zipped({"a": BODY})[:-40]),
    ],
)
def test_a_broken_archive_is_refused_and_nothing_is_left(
    site: Site, matrices: Recipe, step: Any, name: str, spoil: Callable[[], bytes]
) -> None:
    site.files[f"/{name}"] = spoil()
    packed = replace(matrices, url=f"{site.url}/{name}", step=step, checksum=None, bytes=None)
    with pytest.raises(DataError, match=r"a cut off or broken archive \(.*\); nothing is kept: x"):
        fetched(packed)
    assert not folder_of(packed).exists()


def test_what_was_changed_or_deleted_since_is_seen(matrices):
    assert fetch.verify(matrices) == "missing"
    path = fetched(matrices)
    path.write_bytes(b"x" + BODY[1:])
    assert fetch.verify(matrices) == "changed"
    path.write_bytes(BODY[:-1])
    assert (fetch.verify(matrices), kept(matrices)) == ("changed", None)
    path.unlink()
    assert (fetch.verify(matrices), kept(matrices)) == ("missing", None)
