"""What a marked place does to the output: which answers become less likely without it, and which places do alike.

A motif is what, changed, changes the answer (SPARLING, arXiv 2302.01976, α-motif-necessity). So places of a dense map
whose removal takes away the same answer are marks of one motif, however they are encoded; no truth but the answer is
used. Where a motif has several marks and each does for the others, none of them is missed; what the map then says with
one of them, and not without any, is seen when they are put back one by one. Ours.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.inhibition import around

Told = Callable[[Tensor, int, Tensor], Tensor]
"""(activations (n, C, S...), index of the batch, which n of its samples) → log-likelihood of the truth by which of V
answers it is, (n, V)."""

STRONG = 0.6931
"""A place matters if without it the truth is half as likely, or less: log 2."""
UNLIKE = 0.5
"""Cosine below which, on average, two groups of effects are of two motifs."""
MOST = 4_000
"""Places that are grouped with one another; others join the group whose mean is most like them."""
AT_ONCE = 256
"""Changed maps that are read at a time."""


def effects(
    told: Told, parts: Sequence[Tensor], at: Sequence[Tensor], width: int, kept: Sequence[Tensor] | None = None
) -> Tensor:
    """What each place adds to the log-likelihood of each answer: (n, V), places of all parts in their order.

    ``parts`` are activations (B, C, S...), ``at`` (B, S...) says where places are, each with a window ``width``
    positions wide, odd. Each is silenced in the whole map; or, with ``kept`` (B, S...), put back into a map that has
    nothing but the windows of those.
    """
    found = []
    for index, (part, places) in enumerate(zip(parts, at, strict=True)):
        everything = torch.arange(len(part), device=part.device)
        stands = None if kept is None else around(kept[index][:, None].to(part), width) > 0
        before = told(part if stands is None else part * stands, index, everything)
        where = places.nonzero()
        for some in torch.split(where, AT_ONCE) if len(where) else ():
            sample = some[:, 0]
            place = part.new_zeros((len(some), 1, *part.shape[2:]))
            place[(torch.arange(len(some), device=part.device), 0, *some[:, 1:].T)] = 1.0
            window = around(place, width) > 0
            allowed = ~window if stands is None else stands[sample] | window
            change = told(part[sample] * allowed, index, sample) - before[sample]
            found.append(-change if stands is None else change)
    return torch.cat(found) if found else torch.zeros(0, 0)


def alike(effect: Tensor, fewest: int) -> Tensor:
    """Places by the direction of their effects (n, V) → (n,) of which group each is, −1 for those of none.

    Average linkage of cosines, so the number of groups need not be known; those of fewer than ``fewest`` places
    are none. The first group has the largest effect in all. Places that hardly matter (`STRONG`) are of none.

    >>> alike(torch.tensor([[9.0, 0.0], [0.0, 2.0], [5.0, 0.5], [0.0, 3.0], [0.1, 0.0]]), fewest=2).tolist()
    [0, 1, 0, 1, -1]
    """
    from scipy.cluster.hierarchy import fcluster, linkage  # takes long to import, and is seldom needed

    ways, strong = directions(effect)
    group = torch.full((len(effect),), -1, device=effect.device)
    ways = ways[strong].double()
    if len(ways) < max(2, fewest):
        return group
    some = ways[:: -(-len(ways) // MOST)]
    tree = linkage(some.cpu().numpy(), "average", metric="cosine")
    label = torch.from_numpy(fcluster(tree, UNLIKE, "distance") - 1).long().to(effect.device)
    means = F.one_hot(label).to(some).T @ some
    label = (ways @ F.normalize(means, dim=1).T).argmax(1)
    size = torch.bincount(label, minlength=len(means))
    total = torch.zeros(len(means), device=effect.device)
    total.index_add_(0, label, effect.clamp_min(0)[strong].sum(1).float())
    order = [each for each in total.argsort(descending=True).tolist() if size[each] >= fewest]
    number = torch.full((len(means),), -1, device=effect.device)
    number[order] = torch.arange(len(order), device=effect.device)
    group[strong] = number[label]
    return group


def directions(effect: Tensor) -> tuple[Tensor, Tensor]:
    """What of effects (n, V) makes answers likelier, of length 1; and which places matter (`STRONG`), (n,) bool."""
    gains = effect.clamp_min(0)
    return F.normalize(gains, dim=1), gains.sum(1) > STRONG


def joined(effect: Tensor, group: Tensor, ways: Tensor) -> Tensor:
    """(n,) the ``group`` of each place, or that to whose way (G, V), of length 1, its effect (n, V) is like.

    >>> joined(torch.tensor([[9.0, 1.0], [2.0, 2.1], [0.1, 0.0]]), torch.tensor([-1, 0, -1]), torch.eye(2)).tolist()
    [0, 0, -1]
    """
    mine, strong = directions(effect)
    likeness, most = (mine @ ways.T).max(1)
    return torch.where((group < 0) & strong & (likeness >= UNLIKE), most, group)
