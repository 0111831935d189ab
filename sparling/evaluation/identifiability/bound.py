"""E_m, the motif error of the Motif Identifiability Theorem, and the k of its bound E_m ≤ k E.

Source: SPARLING (arXiv 2302.01976). With overlaps excluded, sufficiency, α-necessity and density δ*, the motif error,
which is of the kind of an intersection over union, is at most k times the end-to-end error E, with
k = O(#max² |p₂| n² / (#* α²)). The constant is not given.
"""


def motif_error(fpe: float, fne: float, ce: float | None) -> float:
    """E_m = 1 − |agreeing| / |true ∪ marked|, from the errors of a map (`sparling.evaluation.motif_errors`).

    Agreeing are the true motifs whose mark is of their class's channel; a motif that is marked, rightly or wrongly,
    stands once in the union if the two agree and twice if they do not.

    Ten motifs, of which eight are marked, two of them wrongly, and two marks that lie nowhere: 6 of 14 agree.

    >>> round(1 - motif_error(fpe=0.2, fne=0.2, ce=0.25), 4) == round(6 / 14, 4)
    True
    """
    if ce is None or fpe >= 1:
        return 1.0
    marked = 1 - fne
    agreeing = marked * (1 - ce)
    return 1 - agreeing / (1 + marked / (1 - fpe) - agreeing)


def bound_factor(most: int, expected: float, classes: int, alpha: float, footprint: int) -> float:
    """k with a constant of 1: ``most`` motifs in a sample (#max), ``expected`` (#*), ``classes`` (n), ``footprint``
    positions of the map that a motif may be marked at (|p₂|); infinite where α is 0.

    >>> bound_factor(most=6, expected=4.5, classes=10, alpha=0.5, footprint=1)
    3200.0
    """
    return most**2 * footprint * classes**2 / (expected * alpha**2) if alpha > 0 else float("inf")
