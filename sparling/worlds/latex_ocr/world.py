"""LaTeX-OCR as a world to validate on: formulas read token by token, held against the published figures."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.domains.latex_ocr.domain import END, LatexOcr
from sparling.domains.latex_ocr.edits import FormulaLayouts
from sparling.domains.latex_ocr.grammar import SYMBOLS, TOKENS
from sparling.domains.sequence_task import WorldTask
from sparling.training.session import Session
from sparling.validation.result import ValidationResult
from sparling.validation.run import Option
from sparling.validation.variants import DEFAULT, VARIANTS
from sparling.validation.world import Figure
from sparling.worlds.images.world import ImageWorld
from sparling.worlds.latex_ocr.presets import PRESETS


@dataclass(frozen=True, kw_only=True)
class LatexOcrWorld(ImageWorld):
    """A preset, and the method or a variant of it."""

    command, title, package, noun = "latex-ocr", "LaTeX-OCR", "sparling.worlds.latex_ocr", "sign"
    options = (Option("preset", PRESETS, "quick"), Option("variant", VARIANTS, DEFAULT))
    presets = PRESETS
    exchangeable = len(SYMBOLS)
    several, named, ink = True, False, 0
    rivals = False

    domain: LatexOcr

    @property
    def shown(self) -> str:
        """How many tokens."""
        return f"formulas of 1–{self.domain.longest} tokens"

    def layouts(self) -> FormulaLayouts:
        """Signs taken out, put in, moved and exchanged."""
        return FormulaLayouts(self.domain)

    def offsets(self, session: Session, task: WorldTask) -> Tensor:
        """None: what a mark sees is more than its sign, and what stands beside a sign is not independent of it."""
        return torch.zeros((self.channels, len(self.map_size)), dtype=torch.int64)

    def written(self, tokens: NDArray[Any]) -> str:
        r"""LaTeX, without \left and \right."""
        names = "".join(TOKENS[token] for token in takewhile(lambda token: 0 <= token < END, tokens.tolist()))
        return names.replace(r"\left", "").replace(r"\right", "")

    def figures(self, result: ValidationResult) -> list[Figure]:
        """Each beside the published one.

        Source: SPARLING (arXiv 2302.01976), LaTeX-OCR, one threshold a channel, at the final density.
        """
        errors, output, checks = result.errors, result.output, result.causal
        swapped = "sign swapped in the map, read as it then must be"
        return [
            Figure("FPE", "marks that lie on no sign", errors.fpe, 0.0053),
            Figure("FNE", "signs without a mark", errors.fne, 0.1420),
            Figure("CE many", "marked signs that are not of their channel's commonest class", errors.ce_many, 0.0250),
            Figure("CE", "marked signs taken for another, one channel a sign", errors.ce),
            Figure("E2EE", "edit distance of the formula read", output.e2ee, 0.0098),
            Figure("exact match", "formulas read without a fault", output.exact_match),
            Figure("perturbation", swapped, checks.perturbation_consistency, 0.861),
        ]

    def remarks(self, result: ValidationResult) -> str:
        """What the published row is, and how the world of this run differs from it."""
        published = (
            "The published row is for images of 120 × 360 pixels with formulas of 1–30 tokens, drawn by TeX, "
            "and 6 million training samples"
        )
        world = self.domain
        if world == LatexOcr():
            return f"{published}; this run is in the same world, drawn by mathtext."
        size = f"{world.rows} × {world.columns} pixels with {self.shown}"
        return f"{published}; {self.chosen[0]} is a smaller world, {size}, drawn by mathtext."
