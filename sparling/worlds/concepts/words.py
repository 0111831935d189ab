"""What a validation on concepts amounts to: one sentence, headline figures, and whether the published orders hold."""

from typing import NamedTuple

from sparling.validation.summary import in_percent
from sparling.validation.world import Figure
from sparling.worlds.concepts.published import PUBLISHED
from sparling.worlds.concepts.result import ConceptsResult, Found

ABOUT = (
    "Published: Open Images, three streams of 768 to 1,024 features, 8,192 latents, k = 64. Jaccard is at the finest "
    "labels, over all latents, a dead one counted as 0; R@1 is between streams that were encoded alone."
)


class Order(NamedTuple):
    """An order of trainings that was published, and what it is here."""

    says: str
    published: str
    here: str
    holds: bool
    why: str
    """Why this world differs, where it does."""


def figures(result: ConceptsResult) -> list[Figure]:
    """The headline: Global TopK with λ = 1."""
    best = result.of("global", 1.0)
    if best is None:
        return []
    published = PUBLISHED["global", 1.0]
    return [
        Figure("recall", "activations of shared concepts that their latents show", best.mean_recall),
        Figure("precision", "activations of these latents that are of their concept", best.mean_precision),
        Figure("recovered", "concepts with recall and precision of 90 % or more", best.recovered),
        Figure("all-alive", "latents that are alive in every stream", best.alive, published.alive),
        Figure("mixed", "latents that are alive in some streams, not in all", best.mixed, published.mixed),
        Figure("Jaccard", "labels that a latent has in common in two streams", best.jaccard[-1], published.jaccard),
        Figure("R@1", "samples whose partner in another stream is the most alike", best.at_one),
    ]


def verdict(result: ConceptsResult) -> str:
    """One sentence that follows from the figures."""
    best, baseline = result.of("global", 1.0), result.of("local", 0.0)
    if best is None:
        return "Global TopK with λ = 1 was not trained."
    told = (
        f"One latent space shows {in_percent(best.mean_recall)} % of what {len(result.concepts)} shared concepts do, "
        f"at a precision of {in_percent(best.mean_precision)} %, and a latent means the same in every stream "
        f"(Jaccard {best.jaccard[-1]:.2f}"
    )
    return f"{told}{'' if baseline is None else f'; each stream by itself {baseline.jaccard[-1]:.2f}'})."


def orders(result: ConceptsResult) -> list[Order]:
    """Published orders of the four kinds of training, at the k of the headline; none where one was not trained."""
    kinds = {key: result.of(*key) for key in PUBLISHED}
    found = {key: each for key, each in kinds.items() if each is not None}
    if len(found) < len(PUBLISHED):
        return []
    shared, uncrossed = found["global", 1.0], found["global", 0.0]
    local, apart = found["local", 1.0], found["local", 0.0]
    return [
        Order(
            "Mixed latents, Local λ = 1 > Local λ = 0 > Global",
            "56.4 > 14.3 > 0 %",
            f"{_percent(local.mixed)} > {_percent(apart.mixed)} > {_percent(shared.mixed)}",
            local.mixed > apart.mixed > shared.mixed,
            "With Local TopK and λ = 0 every stream uses all latents, each for concepts of its own choice: with "
            "few latents none is left over in any stream.",
        ),
        Order(
            "All-alive latents, Global λ = 0 > Global λ = 1",
            "98.2 > 84.4 %",
            f"{_percent(uncrossed.alive)} > {_percent(shared.alive)}",
            uncrossed.alive > shared.alive,
            "Cross-reconstruction needs fewer latents than there are at L = 8,192; here L is 1.3 times the number of "
            "concepts, shared and private, and none is left over.",
        ),
        Order(
            "Jaccard, Global λ = 1 > Global λ = 0 > Local λ = 1 > Local λ = 0",
            "0.80 > 0.73 > 0.26 > 0.17",
            " > ".join(f"{each.jaccard[-1]:.2f}" for each in (shared, uncrossed, local, apart)),
            shared.jaccard[-1] > uncrossed.jaccard[-1] > local.jaccard[-1] > apart.jaccard[-1],
            "",
        ),
        Order(
            "Self-reconstruction costs, cross-reconstruction gains, by λ = 1 in Global TopK",
            "+0.030–0.060, −0.044–0.156",
            f"{_signed(shared.own_error - uncrossed.own_error)}, {_signed(shared.cross_error - uncrossed.cross_error)}",
            shared.own_error > uncrossed.own_error and shared.cross_error < uncrossed.cross_error,
            "",
        ),
        Order(
            "R@1 of Local λ = 0 near chance",
            "near chance",
            f"{in_percent(apart.at_one)} %, chance {in_percent(result.chance[0])} %",
            apart.at_one < 5 * result.chance[0],
            "",
        ),
    ]


def at_cap(result: ConceptsResult, found: Found) -> str:
    """Who takes up most latents."""
    cap = int(result.settings["schedule"]["cap"])
    most = max(range(len(found.occupied)), key=lambda concept: found.occupied[concept])
    return (
        f"{result.concepts[most]}, in {in_percent(result.frequency[most])} % of the samples, takes up "
        f"{found.occupied[most]} latents; {found.beyond_cap} are beyond {cap} a concept"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
