"""How well single latents tell labels: the cross-entropy of the best latent of each label, as a probe."""

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import values_of
from sparling.alignment.measures.labels import Labels

LEAST = 50
"""Samples that a label must have."""
CANDIDATES = 20
"""Latents that are tried for a label: those most often active with it."""
TRAINED, CHOSEN = 0.7, 0.15
"""Shares of the samples on which a probe is fitted and chosen; on the others it is told."""
NOTHING = float(np.log(2.0))
"""Loss of a probe that knows nothing, in nats."""
_STEPS = 50


def probe_losses(codes: Codes, labels: Labels, rng: np.random.Generator, least: int = LEAST) -> NDArray[np.float64]:
    """(C,) log loss of each label's best latent, nats a sample; NaN for labels of fewer than ``least`` samples.

    A label's samples and as many without it, drawn by ``rng``, are split 70 : 15 : 15. Of the latents most often active
    with the label a logistic probe each is fitted on the first part, that of least loss on the second is chosen, and
    told on the third. 0.69 is a probe that knows nothing. Source: SPARC (arXiv 2507.06265, probes of one latent); here
    activations are divided by their standard deviation, so that the penalty (½ w²) does not depend on their scale.
    Raises ``ValueError`` for fewer than 10 samples as the least.
    """
    if least < 10:
        raise ValueError(f"a label must have 10 samples at least to be probed; got {least}")
    values, given = values_of(codes).tocsc(), labels.given.tocsc()
    together = np.asarray(((values > 0).astype(np.int64).T @ labels.given).toarray())
    losses = np.full(given.shape[1], np.nan)
    for label in range(given.shape[1]):
        has = np.zeros(given.shape[0], dtype=np.bool_)
        has[given.indices[given.indptr[label] : given.indptr[label + 1]]] = True
        each = min(int(has.sum()), int((~has).sum()))
        if each < least:
            continue
        order = np.argsort(-together[:, label], kind="stable")[:CANDIDATES]
        parts = _parts(has, each, rng)
        losses[label] = _best(*(values[part][:, order].toarray() for part in parts), *(has[part] for part in parts))
    return losses


def _parts(has: NDArray[np.bool_], each: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
    """Samples to fit, choose and tell on: of each kind ``each``, in these shares."""
    drawn = [rng.permutation(np.flatnonzero(kind))[:each] for kind in (has, ~has)]
    cuts = [round(TRAINED * each), round((TRAINED + CHOSEN) * each)]
    return tuple(np.concatenate(part) for part in zip(*(np.split(kind, cuts) for kind in drawn), strict=True))


def _best(
    fitted: NDArray[np.float64],
    choosing: NDArray[np.float64],
    telling: NDArray[np.float64],
    y_fitted: NDArray[np.bool_],
    y_choosing: NDArray[np.bool_],
    y_telling: NDArray[np.bool_],
) -> float:
    """Loss, on the third part, of the latent that is best on the second; activations are (n, latents)."""
    scale = fitted.std(axis=0)
    scale[scale == 0] = 1.0
    weight, bias = fit_logistic(fitted / scale, y_fitted)
    chosen = int(np.argmin(_log_loss(choosing / scale, y_choosing, weight, bias)))
    told = _log_loss(telling / scale, y_telling, weight, bias)
    return float(told[chosen])


def fit_logistic(x: NDArray[np.float64], y: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and biases (J,) of J logistic regressions on one number each, columns of ``x`` (n, J); penalty ½ w².

    Newton's method, a step halved as long as it does not lower the objective.
    """
    weight, bias = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    now = _objective(x, y, weight, bias)
    for _ in range(_STEPS):
        p = 1.0 / (1.0 + np.exp(-(x * weight + bias)))
        error, curve = p - y[:, None], p * (1.0 - p)
        g_w, g_b = (x * error).sum(axis=0) + weight, error.sum(axis=0)
        h_ww, h_wb, h_bb = (x * x * curve).sum(axis=0) + 1.0, (x * curve).sum(axis=0), curve.sum(axis=0) + 1e-12
        determinant = h_ww * h_bb - h_wb**2
        step_w, step_b = (h_bb * g_w - h_wb * g_b) / determinant, (h_ww * g_b - h_wb * g_w) / determinant
        length = np.ones(x.shape[1])
        for _ in range(20):
            after = _objective(x, y, weight - length * step_w, bias - length * step_b)
            worse = after > now
            if not worse.any():
                break
            length[worse] /= 2
        length[after > now] = 0.0
        weight, bias = weight - length * step_w, bias - length * step_b
        after = _objective(x, y, weight, bias)
        if np.all(now - after < 1e-10 * (1 + now)):
            break
        now = after
    return weight, bias


def _objective(
    x: NDArray[np.float64], y: NDArray[np.bool_], weight: NDArray[np.float64], bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    return len(y) * _log_loss(x, y, weight, bias) + 0.5 * weight**2


def _log_loss(
    x: NDArray[np.float64], y: NDArray[np.bool_], weight: NDArray[np.float64], bias: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(J,) mean cross-entropy in nats."""
    score = x * weight + bias
    return np.asarray(np.logaddexp(0.0, np.where(y[:, None], -score, score)).mean(axis=0))
