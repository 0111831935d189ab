"""Before a leap in density the codes of a dense map become channels, as long as they can still be read.

While the map is dense a motif is written in several channels, a channel is shared between motifs, and the readout reads
both. On the way down step by step codes come apart or are lost, as chance will have it. What a place says to the
readout (`effects`) tells its motif while the map is still dense: each group of places then gets a channel, which the
local model is taught (`teaching`), and the readout takes that channel for what it made of the code. From there on all
channels have one threshold, for a common motif is to be marked more often than a rare one; and any mark may be gone
(`networks.dropping`), so that none is told by its absence. Ours.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.calibration import evaluating
from sparling.layer.codes import Codes, read_codes
from sparling.layer.inhibition import around
from sparling.layer.padding import masked
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.shapes import check_count
from sparling.training.revival.channels import BATCHES, Featured, Inputs, costs, read, real
from sparling.training.revival.effects import Told, alike, directions, effects, joined
from sparling.training.revival.teaching import Precision, teach
from sparling.training.schedule import Moment
from sparling.training.session import Session
from sparling.training.task import Batch, Task, Telling

NEEDED = 0.05
"""A channel is heard when codes are read if silencing it costs at least this share of what silencing any costs."""
ABRUPT = 2.0
"""A map that is to be so many times sparser at once is recoded."""
FEWEST = 5
"""Places that a group needs to get a channel, and a tenth of what a channel has on average."""
ROUNDS = 5
"""In which places are silenced or put back, at most."""
SILENCED = 0.05
"""Share of the map that is silenced in training, from recoding on."""
SILENCED_UNTIL = 0.7
"""Share of settling after which nothing is silenced any more."""
SAMPLES, PLACES = 4_000, 12_000
"""Training samples that are read, or as many as have about so many places."""


@runtime_checkable
class Mixing(Protocol):
    """A readout that first of all adds up the channels at a place, each with weights of its own."""

    @property
    def mixing(self) -> Tensor:
        """(W, C)."""
        ...


@dataclass(frozen=True)
class Recoding:
    """Before a leap in density: `recode`, and the moments of what was changed start anew; a `Reviver`.

    From then on windows of the map are silenced at random, where the model can do so, until late in settling.
    """

    width: int
    """Of a motif, in positions, odd, at least 3."""

    def __post_init__(self) -> None:
        check_count("width", self.width, least=3)
        if self.width % 2 == 0:
            raise ValueError(f"width must be odd; got {self.width}")

    def check(self, session: Session) -> None:
        """Raise ``TypeError`` for a model that cannot be recoded, or a task that is not `Telling`."""
        _recodable(session.model)
        _telling(session.task)

    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, moment: Moment) -> list[int] | None:
        """Recode a map that was `ABRUPT` times as dense as it is to be, or more; the channels that have a motif now.

        Raises ``TypeError`` as `check` does.
        """
        model, task, density = session.model, session.task, session.model.sparsity.density
        if model.dropping is not None and moment.settled >= SILENCED_UNTIL:
            model.dropping.share = 0.0
        if moment.density < ABRUPT * density:
            return None
        telling = _telling(task)
        batches = [session.on_device(batch) for batch in _first(task)]

        def told(activations: Tensor, index: int, samples: Tensor) -> Tensor:
            some = Batch(*(part[samples] for part in batches[index]))
            return telling.likelihoods(read(session, activations, some), some)

        model.sparsity.density = moment.density
        inputs = [task.inputs(batch) for batch in batches]
        recoded = recode(model, inputs, told, self.width, optimizer.param_groups[0]["lr"], session.autocast)
        model.sparsity.density = density
        if recoded is not None:
            for weight in (*model.local.parameters(), cast(Mixing, model.readout).mixing):
                _begin_anew(optimizer, weight)
            if isinstance(model.sparsity, SpatialSparsity):
                model.sparsity.share()
            if model.dropping is not None:
                model.dropping.share = SILENCED
        return recoded


def recode(
    model: SparlingModel, inputs: Inputs, told: Told, width: int, rate: float, precision: Precision = nullcontext
) -> list[int] | None:
    """Give each motif that the map of ``model`` speaks of a channel; those channels, or None where there is none.

    ``width`` is that of a motif, in positions, odd, at least 3. Motifs are groups of places whose effects are `alike`,
    as many as there are channels. Each goes to the channel that agrees with it best, one to one, which the local
    model is taught to mark at its places and nowhere else, with the learning ``rate``. What the readout made of their
    code it then makes of that channel, and nothing of channels that are left over. Calibrate afterwards. Raises
    ``TypeError`` unless the local model is `Featured` and the readout `Mixing`.
    """
    local, readout = _recodable(model)
    with torch.no_grad(), evaluating(model), precision():
        active = [model.sparsity(masked(model.local, x, mask), mask) for x, mask in inputs[:BATCHES]]
        worth = costs(active, lambda part, index: -float(_whole(told, part, index)))
        heard = worth >= NEEDED * worth.max()
        places = len(read_codes(active, heard, width).strengths)
        if worth.max() <= 0 or not places:
            return None
        inputs = inputs[: max(BATCHES, -(-PLACES * len(active) // places))]
        active += [model.sparsity(masked(model.local, x, mask), mask) for x, mask in inputs[BATCHES:]]
        with torch.autocast(worth.device.type, enabled=False):
            codes = read_codes(active, heard, width)
            group = _groups(told, active, codes, width)
            if not (group >= 0).any():
                return None
            channel_of = _handed_on(readout, codes, group)
    wanted = _wanted(channel_of, group, codes, real(active, inputs), width)
    teach(cast(nn.Module, local), inputs, wanted, rate, precision)
    return sorted(channel_of.tolist())


def _recodable(model: SparlingModel) -> tuple[Featured, Mixing]:
    local, readout = model.local, model.readout
    if not isinstance(local, Featured) or not isinstance(readout, Mixing):
        got = f"{type(local).__name__} and {type(readout).__name__}"
        raise TypeError(f"recoding needs a local model that shows its features and a readout that mixes; got {got}")
    return local, readout


def _telling(task: Task) -> Telling:
    if not isinstance(task, Telling):
        raise TypeError(f"recoding needs a task that tells answers apart; got {type(task).__name__}")
    return task


def _first(task: Task) -> Iterator[Batch]:
    """The first `SAMPLES` samples to train on."""
    samples = 0
    for batch in task.training_batches(0):
        yield batch
        samples += len(batch.y)
        if samples >= SAMPLES:
            return


def _whole(told: Told, part: Tensor, index: int) -> Tensor:
    """Mean log-likelihood of the truth by this map of a whole batch."""
    return told(part, index, torch.arange(len(part), device=part.device)).sum(1).mean()


def _groups(told: Told, active: Sequence[Tensor], codes: Codes, width: int) -> Tensor:
    """(n,) which motif each place is of, −1 for none.

    What is missed when it is silenced comes first, then what helps when it is put back beside it: in a group with
    what helps likewise, or, as long as there are channels, in a group of its own; until nothing more is found.
    """
    channels, n = codes.strengths.shape[1], len(codes.strengths)
    fewest = max(FEWEST, n // (10 * channels))
    group, ways = torch.full((n,), -1, device=codes.strengths.device), codes.strengths.new_zeros(0, 0)
    for _ in range(ROUNDS):
        free = group < 0
        if not free.any():
            break
        kept = None if free.all() else [part >= 0 for part in _spread(group, codes.at)]
        places = [part & ~ours for part, ours in zip(codes.at, kept, strict=True)] if kept else codes.at
        effect = effects(told, active, places, width, kept)
        mine = joined(effect, group[free], ways) if len(ways) else group[free]
        more = alike(effect * (mine < 0)[:, None], fewest)
        more[more >= channels - len(ways)] = -1
        mine = torch.where(more >= 0, more + len(ways), mine)
        if not (mine >= 0).any():
            break
        for each in range(int(more.max()) + 1):
            way = F.normalize(directions(effect[more == each])[0].mean(0, keepdim=True), dim=1)
            ways = torch.cat([ways.view(-1, way.shape[1]), way])
        group[free] = mine
    return group


def _handed_on(readout: Mixing, codes: Codes, group: Tensor) -> Tensor:
    """The channel of each group; the readout takes it for the mean code of the group's places."""
    from scipy.optimize import linear_sum_assignment  # takes long to import, and is seldom needed

    strengths = codes.strengths
    one_of = F.one_hot(group.clamp_min(0)).to(strengths) * (group >= 0)[:, None]
    count, says = one_of.sum(0), (strengths > 0).to(strengths)
    agreement = 2 * (one_of.T @ says) / (count[:, None] + says.sum(0))
    _, theirs = linear_sum_assignment(agreement.cpu().numpy(), maximize=True)
    channel_of = torch.from_numpy(theirs).to(group)
    mean = (one_of.T @ strengths) / count[:, None]
    mixed = readout.mixing @ mean.T.to(readout.mixing)
    readout.mixing.zero_()
    readout.mixing[:, channel_of] = mixed
    return channel_of


def _wanted(channel_of: Tensor, group: Tensor, codes: Codes, masks: Sequence[Tensor], width: int) -> list[Tensor]:
    """What is to be marked where, as `teach` has it: nothing is asked near places of groups, and in padding."""
    channels = codes.strengths.shape[1]
    maps = []
    for part, mask in zip(_spread(group, codes.at), masks, strict=True):
        place = part >= 0
        near = around(place.float()[:, None], width)[:, 0] > 0
        wanted = torch.full_like(part, channels).masked_fill(near | ~mask[:, 0], -1)
        wanted[place] = channel_of[part[place]]
        maps.append(wanted)
    return maps


def _spread(group: Tensor, at: Sequence[Tensor]) -> list[Tensor]:
    """The group of each place (n,) → maps (B, S...) of the groups, −1 where there is none."""
    maps = []
    for places, said in zip(at, torch.split(group, [int(places.sum()) for places in at]), strict=True):
        part = torch.full(places.shape, -1, device=group.device)
        part[places] = said
        maps.append(part)
    return maps


def _begin_anew(optimizer: torch.optim.Optimizer, weight: Tensor) -> None:
    """Momentum starts at none, but no step may be larger than usual: its scale is at least the mean one.

    Were both 0, the first steps of Adam would be ten times as large as the learning rate.
    """
    for name, moment in optimizer.state[weight].items():
        if moment.shape == weight.shape:
            moment.copy_(torch.zeros_like(moment) if name == "exp_avg" else moment.clamp_min(float(moment.mean())))
