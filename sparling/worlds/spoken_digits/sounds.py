"""What is heard at the strongest marks of each channel: sound of the test samples, made again where they lie."""

import base64
import io
import wave

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.domains.sequence_task import TEST
from sparling.domains.spoken_digits.mel import HOP, RATE
from sparling.networks.receptive_field import receptive_field
from sparling.training.session import Session
from sparling.worlds.spoken_digits.task import SoundTask

STRONGEST = 3
AMONG = 500
"""Test samples in which they are looked for."""


@torch.no_grad()
def sounds_at_marks(session: Session, task: SoundTask) -> Tensor:
    """What each channel's strongest marks see: (C, `STRONGEST`, samples) int16, silence where there is no mark."""
    maps = torch.cat([session.forward(batch).activations for batch, _ in task.batches(TEST, AMONG)])
    strongest = maps.transpose(0, 1).flatten(1).topk(STRONGEST, dim=1)
    sample, frame = strongest.indices // maps.shape[2], strongest.indices % maps.shape[2]
    half = receptive_field(session.model.local, task.inputs(task.batch(TEST, 0, 1)[0])[0]) // 2 * HOP
    heard = task.unseen.sound(4 * task.seed + TEST, sample.flatten())
    heard = torch.nn.functional.pad(heard, (half, half))
    around = frame.flatten()[:, None] * HOP + torch.arange(2 * half, device=heard.device)
    window = heard.gather(1, around) * (strongest.values.flatten() > 0)[:, None]
    whole = (window.clamp(-1, 1 - 2.0**-15) * (1 << 15)).round().short().cpu()
    return whole.view(len(strongest.indices), STRONGEST, -1)


def as_wav(sound: NDArray[np.int16]) -> bytes:
    """A WAV file of this sound (samples,), as loud as it can be."""
    loudest = max(int(np.abs(sound.astype(np.int32)).max(initial=0)), 1)
    louder = np.round(sound * (0.9 * 32767 / loudest)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(louder.tobytes())
    return buffer.getvalue()


def as_uri(sound: NDArray[np.int16]) -> str:
    """The same within a page."""
    return f"data:audio/wav;base64,{base64.b64encode(as_wav(sound)).decode()}"
