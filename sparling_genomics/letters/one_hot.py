"""Codes of letters as the four channels that a network reads. Alone of this room it needs torch."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor


def one_hot(codes: UInt8[Tensor, "B L"], dtype: torch.dtype = torch.float32) -> Float[Tensor, "B 4 L"]:
    """One channel for each of A, C, G, T (U): 1 where the letter stands; AMBIGUOUS and PAD are zero in all four.

    >>> one_hot(torch.tensor([[0, 3, 4]], dtype=torch.uint8))[0]
    tensor([[1., 0., 0.],
            [0., 0., 0.],
            [0., 0., 0.],
            [0., 1., 0.]])
    """
    if codes.ndim != 2 or codes.dtype != torch.uint8:
        raise ValueError(f"codes must be uint8 of shape (B, L); got {codes.dtype} of shape {tuple(codes.shape)}")
    letters = torch.arange(4, dtype=torch.uint8, device=codes.device)
    return (codes[:, None, :] == letters[:, None]).to(dtype)
