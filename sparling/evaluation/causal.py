"""Whether the readout really uses the map: change the map, look at the output.

Two changes. `move_channel` turns the motifs of one class into those of another: if the readout reads the map as a map
of motifs, its new output is the one the domain demands for the changed motifs. `necessity` silences one channel at a
time: a channel the outputs never depend on carries nothing (SPARLING, arXiv 2302.01976, after its perturbation check).

*Perturbation consistency* is the first in full. What is swapped and what is then demanded belong to the domain:

    keep = the samples predicted correctly that contain class a
    changed = move_channel(activations[keep], source, target, radius=5)     # the channels of classes a and b
    share = mean of sequence == demanded over readout(changed), demanded    # 1 − sequence_errors(...).exact_match
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


@torch.no_grad()
def move_channel(activations: Tensor, source: Tensor, target: Tensor, radius: int) -> Tensor:
    """The activations (N, C, S...) ≥ 0 with those of each sample's ``source`` channel moved to its ``target`` channel.

    ``source`` and ``target`` (N,) int64, channels. Of the activations moved, one stays only if no larger one lies
    within ``radius`` positions on every axis (Chebyshev distance), or an equal one at an earlier position; where the
    target already had an activation the larger counts. The source is then empty, unless it is the target. One or two
    spatial axes. Raises ``ValueError`` for shapes, types or values outside these ranges.

    >>> activations = torch.tensor([[[0.2, 0.5, 0.0, 0.3], [0.0, 0.0, 0.0, 0.4]]])
    >>> move_channel(activations, torch.tensor([0]), torch.tensor([1]), radius=1)
    tensor([[[0.0000, 0.0000, 0.0000, 0.0000],
             [0.0000, 0.5000, 0.0000, 0.4000]]])
    """
    if activations.ndim not in (3, 4):
        raise ValueError(f"activations must have shape (N, C, L) or (N, C, H, W); got {tuple(activations.shape)}")
    if radius < 0:
        raise ValueError(f"radius must be at least 0; got {radius}")
    _check_channels("source", source, activations)
    _check_channels("target", target, activations)
    sample = torch.arange(len(activations), device=activations.device)
    source, target = source.to(activations.device), target.to(activations.device)
    moved = _strongest(activations[sample, source], radius)
    result = activations.clone()
    result[sample, source] = 0
    result[sample, target] = torch.maximum(result[sample, target], moved)
    return result


@torch.no_grad()
def necessity(predict: Callable[[Tensor], Tensor], activations: Tensor) -> Tensor:
    """Of the samples with each channel active, the share whose prediction changes when the channel is silenced.

    ``activations`` (N, C, S...) → (C,) float64 on the CPU, nan for a channel that is active nowhere. ``predict`` maps
    activations (n, C, S...), any n ≥ 1, to predictions (n, ...) that are compared exactly: class indices or decoded
    tokens, of one shape whatever the activations. Raises ``ValueError`` where shapes are not these.

    >>> activations = torch.tensor([[[1.0, 0.0], [0.5, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 2.0], [0.0, 0.0]]])
    >>> necessity(lambda a: a.sum(2).argmax(1), activations)
    tensor([1.0000, 0.5000,    nan], dtype=torch.float64)
    """
    if activations.ndim < 3:
        raise ValueError(f"activations must have shape (N, C, S...); got {tuple(activations.shape)}")
    shares = torch.full((activations.shape[1],), float("nan"), dtype=torch.float64)
    active = activations.flatten(2).any(2)
    if not active.any():
        return shares
    before = predict(activations)
    for channel in range(activations.shape[1]):
        samples = active[:, channel].nonzero().squeeze(1)
        if len(samples):
            silenced = activations[samples]
            silenced[:, channel] = 0
            after = predict(silenced)
            if after.shape != (len(samples), *before.shape[1:]):
                raise ValueError(
                    f"predict must give one shape a sample; got {tuple(before.shape)} for {len(activations)} samples "
                    f"and {tuple(after.shape)} for {len(samples)}"
                )
            shares[channel] = (after != before[samples]).view(len(samples), -1).any(1).double().mean().item()
    return shares


def _strongest(maps: Tensor, radius: int) -> Tensor:
    """Maps (N, S...) in which only what exceeds all within ``radius`` is left; of equals, the earlier exceeds."""
    flat = maps.flatten(1)
    order = flat.argsort(dim=1, descending=True, stable=True)
    places = torch.arange(flat.shape[1], 0, -1, device=maps.device).expand_as(order)
    rank = torch.empty_like(order).scatter_(1, order, places).view_as(maps).float().unsqueeze(1)
    pool = F.max_pool1d if maps.ndim == 2 else F.max_pool2d
    return maps * (rank == pool(rank, 2 * radius + 1, stride=1, padding=radius)).squeeze(1)


def _check_channels(name: str, chosen: Tensor, activations: Tensor) -> None:
    samples, channels = activations.shape[:2]
    if tuple(chosen.shape) != (samples,) or chosen.dtype != torch.int64:
        raise ValueError(f"{name} must be int64 of shape ({samples},); got {chosen.dtype} {tuple(chosen.shape)}")
    wrong = chosen[(chosen < 0) | (chosen >= channels)]
    if len(wrong):
        raise ValueError(f"{name} must lie in 0..{channels - 1}; got {int(wrong[0])}")
