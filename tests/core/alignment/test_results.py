"""What is measured and written of an alignment, and the files of labels."""

import json
from pathlib import Path

import numpy as np
import pytest

from sparling.alignment.measures.files import read_labels
from sparling.alignment.results import measure, write_results
from sparling.errors import InputError
from tests.core.alignment.world import SMALL, aligned, streams


def test_results_say_what_the_codes_say(tmp_path: Path) -> None:
    alignment = aligned(tmp_path, streams(missing=0.2))
    text = "sample\tlabel\n" + "".join(f"{row}\t{'even' if row % 2 == 0 else 'odd'}\n" for row in range(200))
    (tmp_path / "labels.tsv").write_text(text)
    measured = measure(alignment, read_labels(tmp_path / "labels.tsv", 200))
    write_results(tmp_path, alignment, measured)
    header, *lines = [line.split("\t") for line in (tmp_path / "latents.tsv").read_text().splitlines()]
    assert header[:4] == ["latent", "alive", "samples_a", "mean_a"]
    assert header[-3:] == ["label", "phi", "jaccard_0"]
    assert len(lines) == SMALL.latents
    held = alignment.held_out
    for latent, line in enumerate(lines):
        row = dict(zip(header, line, strict=True))
        active = [alignment.codes(name, held).dense()[:, latent] for name in "abc"]
        counts = [int((values > 0).sum()) for values in active]
        assert row["latent"] == str(latent)
        assert [int(row[f"samples_{name}"]) for name in "abc"] == counts
        assert row["alive"] == ("all" if all(counts) else "some" if any(counts) else "none")
        for name, values in zip("abc", active, strict=True):
            mean = values[values > 0].mean() if (values > 0).any() else 0.0
            assert float(row[f"mean_{name}"]) == pytest.approx(mean, rel=1e-3)
    said = json.loads((tmp_path / "alignment.json").read_text())
    assert np.allclose([[said["nmse"][a][b] for b in "abc"] for a in "abc"], alignment.errors(held))
    assert said["held_out"] == len(held) == 20
    assert said["latents"]["alive"] + said["latents"]["mixed"] + said["latents"]["dead"] == pytest.approx(1)
    assert len(said["retrieval"]) == 6
    assert measured.sentence().startswith(f"{round(16 * said['latents']['alive'])} of 16 latents are active in all 3")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    labels, tree = tmp_path / "labels.tsv", tmp_path / "tree.tsv"
    labels.write_text("sample\tlabel\nx\tcat\ny\toak\nx\telm\n\n")
    tree.write_text("label\tparent\ncat\tanimal\noak\tplant\nelm\tplant\n")
    return labels, tree


def test_labels_come_from_files(files: tuple[Path, Path]) -> None:
    labels = read_labels(files[0], 3, ("x", "y", "z"), files[1])
    assert labels.tree.names == ("animal", "cat", "elm", "oak", "plant")
    assert labels.given.toarray().tolist() == [[0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
    assert read_labels(files[0], 2, ("y", "x")).tree.deepest == 0


@pytest.mark.parametrize(
    ("which", "text", "message"),
    [
        (0, "", r"expected the columns sample and label, tab-separated; got nothing, .*labels.tsv:1$"),
        (0, "name\tlabel\n", r"got 'name\\tlabel', .*labels.tsv:1$"),
        (0, "sample\tlabel\n", r"no labels, .*labels.tsv$"),
        (0, "sample\tlabel\nx\n", r"expected two fields, tab-separated; got 'x', .*labels.tsv:2$"),
        (0, "sample\tlabel\nx\t\n", r"expected two fields, tab-separated; got 'x\\t', .*labels.tsv:2$"),
        (0, "sample\tlabel\nx\tcat\nw\tcat\n", r"no sample w, there are 3 samples as x, .*labels.tsv:3$"),
        (0, "sample\tlabel\nx\tdog\n", r"label dog is not in .*tree.tsv, .*labels.tsv:2$"),
        (1, "label\tparent\ncat\tanimal\ncat\tplant\n", r"cat has two parents, animal and plant, .*tree.tsv:3$"),
        (1, "label\tparent\ncat\tdog\ndog\tcat\n", r"the tree of labels must have no circle; cat is above itself, "),
    ],
)
def test_a_bad_file_of_labels_is_told(files: tuple[Path, Path], which: int, text: str, message: str) -> None:
    files[which].write_text(text)
    with pytest.raises(InputError, match=message):
        read_labels(files[0], 3, ("x", "y", "z"), files[1])


def test_samples_without_names_go_by_their_rows(files: tuple[Path, Path]) -> None:
    files[0].write_text("sample\tlabel\n2\tcat\n")
    assert read_labels(files[0], 3).given.toarray().tolist() == [[0], [0], [1]]
    with pytest.raises(InputError, match=r"no sample 2, there are rows 0 to 1, .*labels.tsv:2"):
        read_labels(files[0], 2)
    files[0].write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot be read \(not UTF-8\), "):
        read_labels(files[0], 2)
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\), "):
        read_labels(files[0].with_name("none"), 2)
