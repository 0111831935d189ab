"""Every recipe says what it must, and what lies in the cache is known by its receipt."""

import gzip
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sparling_recipes import recipe as module
from sparling_recipes.cache import data_folder, kept, read_receipt
from sparling_recipes.checksums import published, sha256_of, size_of
from sparling_recipes.errors import DataError
from sparling_recipes.recipe import KINDS, Recipe, meant, names, recipe, recipes

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"

MD5, SHA256 = "9e107d9d372bb6826bd81d3542a419d6", "a" * 64


@pytest.mark.parametrize("each", list(recipes()), ids=lambda each: each.name)
def test_a_recipe_says_what_it_must(each: Recipe) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
    assert each.kind in KINDS
    assert re.fullmatch(r"https://[\w.-]+/\S+[^/]", each.url)
    assert each.home.startswith("http")
    assert each.title
    assert each.licence
    assert "doi:10." in each.citation
    assert each.checksum is None or re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", each.checksum)
    assert each.seen <= (each.checksum is not None)
    assert each.seen != ("not verified here" in each.check)
    assert each.step in ("", "gunzip", "unzip")
    assert (each.step == "gunzip") <= each.download.endswith(".gz")
    assert (each.step == "unzip") <= each.download.endswith(".zip")
    assert each.result
    assert each.result != "receipt.json"


def test_the_issue_asks_for_these() -> None:
    asked = {"jaspar", "hocomoco", "cisbp-rna", "audio-mnist", "hg38", "gencode", "pombe", "pombe-genes"}
    assert asked | {"spoken-digits", "encode-ctcf"} <= set(names())
    assert {each.kind for each in recipes()} == set(KINDS)


@pytest.mark.parametrize(
    ("name", "file"),
    [("jaspar", "jaspar2024_core_nonredundant.meme.gz"), ("cisbp-rna", "cisbp_rna_ray2013.meme.gz")],
)
def test_checksums_that_were_seen_are_those_of_the_copies_at_hand(name: str, file: str, tmp_path: Path) -> None:
    packed = SHARED / "motifs" / file
    if not packed.exists():
        pytest.skip("no shared data here")
    plain = tmp_path / "plain"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    assert f"sha256:{sha256_of(plain)}" == recipe(name).checksum
    assert size_of(plain) == recipe(name).bytes


def test_an_unknown_name_is_answered_with_what_is_meant() -> None:
    assert meant("JASPR") == "jaspar"
    assert meant("xenopus") is None
    with pytest.raises(DataError, match=r"no recipe 'hg83': did you mean 'hg38'\?"):
        recipe("hg83")
    with pytest.raises(DataError, match=r"no recipe '\.\./x'; "):
        recipe("../x")


def test_a_file_added_is_a_recipe_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = ("title", "kind", "url", "licence", "citation", "home")
    (tmp_path / "mine.toml").write_text("".join(f'{name} = "motifs"\n' for name in fields))
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert names() == ["mine"]
    assert recipe("mine").name == "mine"


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (f"{MD5}  hg38.fa.gz\n", f"md5:{MD5}"),
        (f"{MD5} *hg38.fa.gz\n", f"md5:{MD5}"),
        (f"{MD5}  ./down/hg38.fa.gz", f"md5:{MD5}"),
        (f"MD5 (hg38.fa.gz) = {MD5}", f"md5:{MD5}"),
        (f"{SHA256}  x.hg38.fa.gz\n{MD5.upper()}  hg38.fa.gz", f"md5:{MD5}"),
        (f"{SHA256}  hg38.fa.gz", f"sha256:{SHA256}"),
        (f"hg38.fa.gz\tproject=x; lab=y; md5sum={MD5}; size=1.2M", f"md5:{MD5}"),
        (f"{MD5}  hg38.fa.gz.fai\n", None),
        ("hg38.fa.gz deadbeef", None),
        ("", None),
    ],
)
def test_published_lists_are_read(listing: str, expected: str | None) -> None:
    assert published(listing, "hg38.fa.gz") == expected


def test_the_checksum_of_a_folder_sees_names_and_letters(tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.wav").write_text("one")
    (folder / "deep" / "b.wav").write_text("two")
    before = sha256_of(folder)
    assert size_of(folder) == 6
    (folder / "deep" / "b.wav").write_text("owt")
    changed = sha256_of(folder)
    (folder / "deep" / "b.wav").rename(folder / "c.wav")
    assert len({before, changed, sha256_of(folder)}) == 3


def test_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARLING_DATA", "~/here")
    assert data_folder() == Path.home() / "here"
    monkeypatch.delenv("SPARLING_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert data_folder() == Path("/caches/sparling/data")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert data_folder() == Path.home() / ".cache" / "sparling" / "data"


def test_a_file_without_a_receipt_is_not_taken(cache: Path) -> None:
    chosen = replace(recipe("jaspar"), name="other")
    (cache / "other").mkdir(parents=True)
    (cache / "other" / chosen.result).write_text("half of it")
    assert kept(chosen) is None
    (cache / "other" / "receipt.json").write_text("{")
    with pytest.raises(DataError, match=r"receipt cannot be read .*delete it.*receipt.json"):
        read_receipt(chosen)
