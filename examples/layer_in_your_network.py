"""The layer in a network of your own: told only whether a noisy signal holds a wiggle, it learns where wiggles are."""

import torch
from torch import nn

from sparling import PooledReadout, SpatialSparsity, calibrate

LENGTH, WIGGLE = 64, torch.tensor([3.0, -3.0, 3.0, -3.0])


def signals(n: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    x, y, start = torch.randn(n, 1, LENGTH), (torch.rand(n) < 0.5).float(), torch.randint(LENGTH - 4, (n,))
    return x.scatter_add(2, (start[:, None] + torch.arange(4))[:, None], (y[:, None] * WIGGLE)[:, None]), y, start


torch.manual_seed(0)
local = nn.Sequential(nn.Conv1d(1, 16, 7, padding=3), nn.BatchNorm1d(16), nn.ReLU(), nn.Conv1d(16, 1, 1))
sparsity, readout = SpatialSparsity(channels=1, density=0.5), PooledReadout(channels=1, outputs=1)
optimizer = torch.optim.Adam([*local.parameters(), *readout.parameters()], lr=1e-2)
for step in range(1200):
    sparsity.density = max(0.5 / LENGTH, 0.5 * 0.995**step)  # down to as many marks as there are wiggles
    x, y, _ = signals(64)
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy_with_logits(readout(sparsity(local(x)))[:, 0], y).backward()
    optimizer.step()
x, y, start = signals(2000)
calibrate(local, sparsity, [(x, None)])
marks = sparsity.eval()(local.eval()(x))
near = (marks.argmax(2)[:, 0] - start - 1.5).abs()[marks.amax(2)[:, 0] > 0] < 3
print(f"{near.float().mean():.1%} of {len(near)} marks are at one of {int(y.sum())} wiggles")
