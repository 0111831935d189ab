"""The smallest share of bound sequences that a run of this size would have shown a motif in: its own rule, as tests.

A motif is reported where its word is significant among all words of the training side, where the validation side has it
more in bound sequences, and it is proven where the test side does, E < 0.05. Of a few dozen sequences the word alone
decides. The share is that of a motif with the same core word in each sequence that has it; one whose letters vary needs
more.
"""

from typing import Any

import numpy as np

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.few import COPIES, are_few
from sparling_genomics.discovery.outcome import Outcome
from sparling_genomics.discovery.plan import widths
from sparling_genomics.discovery.seeds import MOST_SEARCHED, word_groups, words_tried
from sparling_genomics.discovery.seeds import SIGNIFICANCE as OF_WORDS
from sparling_genomics.motifs.detectable import POWER, UNBOUND_SHARE, FisherTest, smallest_share
from sparling_genomics.motifs.evidence import SIGNIFICANCE


def could_show(config: MotifConfig, outcome: Outcome) -> dict[str, Any] | None:
    """What run.json says of it: ``share`` (None: not even in all), ``unbound_share``, ``power``, and the ``tests``.

    None where the rule is another one: several labels or values, channels that did not start as words.
    """
    source = outcome.provenance
    if config.start != "seeds" or config.start_from is not None or source.data.targets is not None:
        return None
    shuffled = len(source.given) < len(source.data)
    tests = tests_of(config, source.data, len(outcome.found.motifs), shuffled=shuffled)
    told = {side: test._asdict() for side, test in tests.items()}
    share = smallest_share(list(tests.values()))
    return {"share": share, "unbound_share": UNBOUND_SHARE, "power": POWER, "tests": told}


def tests_of(config: MotifConfig, data: SequenceDataset, motifs: int, *, shuffled: bool) -> dict[str, FisherTest]:
    """The tests that one motif had to pass beside the ``motifs`` reported, by their side.

    ``data`` holds all sequences, copies where the unbound ones are ``shuffled``. On the training side sequences count,
    on the others clusters of relatives.
    """
    groups = word_groups(widths(config, data).field)
    level = OF_WORDS / words_tried(groups, both_strands=data.alphabet.double_stranded)
    if are_few(data):
        bound, unbound = (int((data.labels == label).sum()) for label in (1, 0))
        return {"all": FisherTest(bound, COPIES * bound if shuffled else unbound, level / max(motifs, 1))}
    own = [(data.split == TRAIN) & (data.labels == label) for label in (1, 0)]
    bound, unbound = (min(int(chosen.sum()), MOST_SEARCHED) for chosen in own)
    tests = {"training": FisherTest(bound, unbound, level)}
    for name, side, tried in (("validation", VALIDATION, 1), ("test", TEST, motifs + 1)):
        own = [(data.split == side) & (data.labels == label) for label in (1, 0)]
        bound, unbound = (len(np.unique(data.cluster[chosen])) for chosen in own)
        tests[name] = FisherTest(bound, unbound, SIGNIFICANCE / tried)
    return tests
