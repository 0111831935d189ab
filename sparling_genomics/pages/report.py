"""report.html: a run on one page, offline; a pure function of the files of a run folder."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from sparling.atomic import write_atomically
from sparling.pages import page_environment, sealed_script
from sparling_genomics.motifs.evidence import SIGNIFICANCE
from sparling_genomics.pages.heat_map import heat_map
from sparling_genomics.pages.multiqc import write_multiqc
from sparling_genomics.pages.page_logo import letter_symbols
from sparling_genomics.pages.parts.cards import cards
from sparling_genomics.pages.parts.figures import figures_script
from sparling_genomics.pages.parts.headline import headline, off_the_genome, without_any, words
from sparling_genomics.pages.parts.method import alike, curve, paragraph, sites_histogram
from sparling_genomics.pages.parts.numbers import share
from sparling_genomics.pages.parts.pairs import pairs_shown
from sparling_genomics.pages.parts.positions import positions
from sparling_genomics.pages.parts.rejected import mute, rejected, seeds
from sparling_genomics.pages.peaks.section import peak_section
from sparling_genomics.pages.run_files import Run, or_none, read_run

REPORT = "report.html"

_P_OR_E = re.compile(r"\b([EP]) (=|&lt;) (\d[\d.]*(?:e-?\d+)?)(?![\d%])")
"""As `numbers.equals` writes them."""


def write_report(run_dir: Path | str) -> Path:
    """Write ``report.html`` into a finished run folder, and its sections for MultiQC, and return the page's path.

    The same files give the same bytes.

    Works without motifs, database or logos. Raises ``InputError`` where run.json or a table is missing or
    damaged.
    """
    path = Path(run_dir) / REPORT
    run = read_run(Path(run_dir))
    page = render(run)
    write_atomically(path, lambda temporary: temporary.write_text(page, encoding="utf-8", newline="\n"))
    write_multiqc(Path(run_dir), run)
    return path


def render(run: Run) -> str:
    """The page as text."""
    environment = page_environment("sparling_genomics.pages")
    for show in (scientific, file_name, share, typeset, breakable):
        environment.filters[show.__name__] = show
    data, metrics = run.data, run.metrics
    scripts = [sealed_script("sparling", "sort.js"), sealed_script("sparling_genomics.pages", "report.js")]
    shown, peaks = cards(run, positions(run)), run.peaks and peak_section(run.peaks, run.motifs)
    return environment.get_template("report.html.j2").render(
        scripts=[*scripts, peaks.script] if peaks else scripts,
        symbols=letter_symbols(),
        figures=figures_script(run),
        info=or_none(run.info),
        audit=or_none(run.audit or {}),
        data=data,
        metrics=metrics,
        head=headline(run),
        off_the_genome=off_the_genome(run),
        say=words(run),
        without=without_any(run),
        cards=shown,
        chance=run.chance,
        kinds=sorted({card.verdict for card in shown}),
        matched=any(card.row.best_match for card in shown),
        bound=run.numbers[0],
        unbound=run.numbers[1],
        total=sum(run.numbers),
        lengths=run.lengths,
        files=[(name, file) for name, file in data.items() if isinstance(file, Mapping) and "sha256" in file],
        ids={card.row.motif_id for card in shown},
        seeds=seeds(run),
        rejected=rejected(run),
        mute=mute(run),
        known=metrics["known"] or [],
        starts={name: base64.b64encode(logo).decode() for name, logo in run.starts.items()},
        trainings=metrics["trainings"] or [],
        curve=curve(metrics["trainings"] or []),
        columns=metrics["columns"] or [],
        heat_map=_heat_map(run, data["columns"] or []) if run.effects else None,
        histogram=sites_histogram(run),
        alike=alike(data["matching"] or {}),
        paragraph=paragraph(run),
        proven_below=SIGNIFICANCE,
        tested=any(card.row.p_value is not None for card in shown),
        pairs_shown=pairs_shown(run, {card.row.motif_id: card.name for card in shown if card.named}),
        peaks=peaks,
    )


def scientific(value: float | None) -> Markup:
    """A p-value: plain down to 0.001, below as a power of ten.

    >>> str(scientific(0.0213)), str(scientific(3.14e-12)), str(scientific(0.0))
    ('0.021', '3.1\xa0×\xa010<sup>−12</sup>', '&lt;\xa010<sup>−300</sup>')
    """
    if value is None:
        return Markup("–")
    if value < 1e-300:
        return Markup("&lt;\xa010<sup>−300</sup>")
    if value >= 1e-3:
        return Markup(f"{value:.2g}")
    mantissa, exponent = f"{value:.1e}".split("e")
    return Markup(f"{mantissa}\xa0×\xa010<sup>−{-int(exponent)}</sup>")


def typeset(text: str) -> Markup:
    """A sentence whose P and E stand as `scientific` has them, each in one line; what was plain text stays so.

    >>> str(typeset("A & B (E = 3.1e-12, P < 1e-300)"))
    'A &amp; B (E\xa0=\xa03.1\xa0×\xa010<sup>−12</sup>, P\xa0&lt;\xa010<sup>−300</sup>)'
    """
    whole = _P_OR_E.sub(lambda found: _told(*found.groups()), str(escape(text)))
    return Markup(whole.replace("held-out", '<span class="nowrap">held-out</span>'))


def _told(name: str, sign: str, value: str) -> str:
    told = scientific(0.0 if sign == "&lt;" else float(value))
    return f"{name}\xa0{told}" if sign == "&lt;" else f"{name}\xa0=\xa0{told}"


def breakable(name: str) -> Markup:
    """A name that may go on in the next line behind a stroke or a colon.

    >>> str(breakable("ZFP42/phol")), str(breakable("FOS::JUN"))
    ('ZFP42/<wbr>phol', 'FOS::<wbr>JUN')
    """
    return Markup(re.sub(r"(/|::)(?=.)", r"\1<wbr>", str(escape(name))))


def file_name(path: str) -> str:
    """The last part of a path, of Unix or Windows.

    >>> file_name("data/peaks.fa.gz")
    'peaks.fa.gz'
    """
    return path.replace("\\", "/").rsplit("/", maxsplit=1)[-1]


def _heat_map(run: Run, columns: list[dict[str, Any]]) -> Markup:
    """The chart of effects; a probability has the full colour at 0.5, a value at one standard deviation."""
    scale = {each["name"]: 0.5 if each["kind"] == "label" else float(each["scale"]) for each in columns}
    return heat_map(run.effects, {motif.motif_id: motif.consensus for motif in run.motifs}, scale)
