"""audit.html: the audit of a run on one page, offline, without scripts."""

import base64
from pathlib import Path

from sparling.pages import page_environment
from sparling_genomics.audit import verdicts
from sparling_genomics.audit.audit import Audit
from sparling_genomics.audit.verdicts import depends
from sparling_genomics.audit.words import findings, headline
from sparling_genomics.pages.report import scientific

AUDIT_PAGE = "audit.html"


def write_audit_page(folder: Path, audit: Audit) -> Path:
    """Write audit.html into the run folder, with the logos that lie there; its path."""
    paths = {f.motif_id: folder / "logos" / f"{f.motif_id}.svg" for f in audit.figures}
    logos = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    path = folder / AUDIT_PAGE
    path.write_text(render_audit(audit, logos), encoding="utf-8", newline="\n")
    return path


def render_audit(audit: Audit, logos: dict[str, bytes]) -> str:
    """The page as text; ``logos`` are SVG by motif."""
    environment = page_environment("sparling_genomics.audit")
    environment.filters[scientific.__name__] = scientific
    return environment.get_template("audit.html.j2").render(
        audit=audit,
        headline=headline(audit),
        findings=findings(audit),
        motifs=list(zip(audit.figures, audit.verdicts, strict=True)),
        logos={name: base64.b64encode(logo).decode() for name, logo in logos.items()},
        depends=depends,
        rule=verdicts,
        seeds=any(f.found is not None for f in audit.figures),
    )
