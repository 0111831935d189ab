"""Seeds of several labels and values: each motif once, in the contrast that it tells, and none where there is none."""

import numpy as np
import pytest
import scipy

from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.discovery.several_seeds import find_seeds_of_several
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from tests.genomics.sequences import load

WORD = "ACCGGATTCA"


def training(tmp_path, word_of, row_of, n=600, header="name\ta\tb", seed=0):
    """Random sequences of 40 letters, a word in those for which ``word_of`` gives one; rows of the table."""
    rng = np.random.default_rng(seed)
    lines, rows = [], [header]
    for i in range(n):
        codes = rng.integers(0, 4, 40).astype(np.uint8)
        if word := word_of(i, rng):
            letters = encode(word)
            start = int(rng.integers(0, 40 - len(letters)))
            codes[start : start + len(letters)] = reverse_complement(letters) if rng.random() < 0.5 else letters
        lines.append(f">s{i}\n{decode(codes)}\n")
        rows.append(f"s{i}\t{row_of(i, bool(word), rng)}")
    (tmp_path / "x.fa").write_text("".join(lines))
    (tmp_path / "x.tsv").write_text("\n".join(rows) + "\n")
    data = load(tmp_path / "x.fa", labels=tmp_path / "x.tsv")
    return data.subset(data.indices(TRAIN))


def found(data, width=15):
    names = [contrast.name for contrast in data.targets.contrasts]
    return [(names[seed.contrast], seed) for seed in find_seeds_of_several(data, width)]


def core(word):
    """Whether a seed's word is a piece of the planted one."""
    return word in WORD or decode(reverse_complement(encode(word))) in WORD


def test_a_word_that_two_labels_share_is_one_seed(tmp_path):
    data = training(
        tmp_path,
        lambda i, rng: WORD if i % 3 < 2 and rng.random() < 0.8 else "",
        lambda i, has, rng: f"{int(i % 3 < 2)}\t{int(i % 3 < 1)}",
    )
    seeds = found(data)
    assert [(name, core(seed.word)) for name, seed in seeds] == [("a", True)]
    seed = seeds[0][1]
    assert seed.bound > 10 * max(seed.unbound, 1)
    assert seed.marks == pytest.approx(0.8 * len(data) * 2 / 3, rel=0.15)


def test_a_word_that_lowers_a_label_is_found_in_its_lack(tmp_path):
    data = training(
        tmp_path,
        lambda i, rng: WORD if rng.random() < 0.3 else "",
        lambda i, has, rng: f"{int(not has and rng.random() < 0.7)}\t{i % 2}",
    )
    assert [(name, core(seed.word)) for name, seed in found(data)] == [("not a", True)]


@pytest.mark.parametrize(("change", "name"), [(2.5, "high a"), (-2.5, "low a")])
def test_a_word_that_moves_a_value(tmp_path, change, name):
    data = training(
        tmp_path,
        lambda i, rng: WORD if rng.random() < 0.2 else "",
        lambda i, has, rng: f"{change * has + rng.normal():.4f}",
        header="name\ta",
    )
    assert [(each, core(seed.word)) for each, seed in found(data)] == [(name, True)]


def test_a_rare_word_is_found_at_the_extreme_end(tmp_path):
    data = training(
        tmp_path,
        lambda i, rng: WORD if rng.random() < 0.01 else "",
        lambda i, has, rng: f"{6 * has + rng.normal():.4f}",
        n=2500,
        header="name\ta",
    )
    assert [(each, core(seed.word)) for each, seed in found(data)] == [("high a", True)]
    narrow = data.targets.contrasts
    assert "highest 3% of a" in [each.name for each in narrow]


def test_nothing_is_found_where_labels_and_values_are_random(tmp_path):
    for seed in range(3):
        data = training(
            tmp_path,
            lambda i, rng: WORD if rng.random() < 0.3 else "",
            lambda i, has, rng: f"{int(rng.random() < 0.3)}\t{rng.normal():.4f}",
            seed=seed,
        )
        assert found(data) == []


def test_composition_alone_gives_no_seed(tmp_path):
    rng = np.random.default_rng(0)
    lines, rows = [], ["name\ta\tb"]
    for i in range(1500):
        strong = np.clip(rng.normal(0.5 + 0.1 * (i % 2), 0.1), 0.1, 0.9)
        chance = np.array([1 - strong, strong, strong, 1 - strong]) / 2
        lines.append(f">s{i}\n{decode(rng.choice(4, 60, p=chance).astype(np.uint8))}\n")
        rows.append(f"s{i}\t{i % 2}\t{i // 2 % 2}")
    (tmp_path / "x.fa").write_text("".join(lines))
    (tmp_path / "x.tsv").write_text("\n".join(rows) + "\n")
    data = load(tmp_path / "x.fa", labels=tmp_path / "x.tsv")
    assert found(data.subset(data.indices(TRAIN))) == []


def test_the_word_is_the_most_surprising_of_all_and_its_sequences_are_counted(tmp_path):
    data = training(
        tmp_path,
        lambda i, rng: WORD if i % 2 and rng.random() < 0.5 else "",
        lambda i, has, rng: f"{i % 2}\t{i // 2 % 2}",
    )
    seed = found(data)[0][1]
    labels = data.seen_by(0).labels
    texts = [decode(data.sequence(i)) for i in range(len(data))]
    both = [f"{text}N{decode(reverse_complement(data.sequence(i)))}" for i, text in enumerate(texts)]
    ends = [[text for text, label in zip(both, labels, strict=True) if label == end] for end in (1, 0)]
    assert seed.with_word == tuple(sum(seed.word in text for text in each) for each in ends)

    def p(word):
        k, j = (sum(word in text for text in each) for each in ends)
        n, m = map(len, ends)
        return scipy.stats.hypergeom.sf(k - 1, n + m, n, k + j)

    pieces = {WORD[i : i + letters] for letters in (6, 8) for i in range(len(WORD) - letters + 1)}
    assert p(seed.word) <= min(map(p, pieces)) * 1.001


def test_a_dataset_of_bound_and_unbound_is_none(tmp_path):
    data = training(tmp_path, lambda i, rng: "", lambda i, has, rng: f"{i % 2}", header="name\ta")
    with pytest.raises(ValueError, match="no targets"):
        find_seeds_of_several(data, 15)
