"""Matrices and sites of one motif as files that lie within the page: nothing else has to be there to save them."""

import base64
import gzip
import re
from typing import NamedTuple
from urllib.parse import quote

from sparling_genomics.pages.run_files import Run


class Download(NamedTuple):
    """A file within the page: what its link says, its name, its content as a data URI, and as text to copy."""

    label: str
    file: str
    uri: str
    text: str


def downloads(run: Run, motif_id: str, name: str) -> list[Download]:
    """The matrix of a motif as MEME and as JASPAR, and its lines of sites.bed, compressed."""
    stem = safe("_".join(dict.fromkeys((motif_id, name))))
    found = []
    for label, source, suffix in (("MEME", "motifs.meme", "meme"), ("JASPAR", "motifs.jaspar", "jaspar")):
        text = of_motif(run.texts.get(source, ""), motif_id)
        if text:
            found.append(Download(label, f"{stem}.{suffix}", f"data:text/plain;charset=utf-8,{quote(text)}", text))
    lines = [line for line in run.texts.get("sites.bed", "").split("\n") if is_of(line, motif_id)]
    if lines:
        content = base64.b64encode(gzip.compress("".join(f"{line}\n" for line in lines).encode(), 9, mtime=0)).decode()
        found.append(Download("sites (BED)", f"{stem}.bed.gz", f"data:application/gzip;base64,{content}", ""))
    return found


def safe(name: str) -> str:
    """A name as a file may have it.

    >>> safe("M1_FOS::JUN"), safe('a/b "c"')
    ('M1_FOS_JUN', 'a_b_c')
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_")


def is_of(line: str, motif_id: str) -> bool:
    """Whether a line of BED names this motif in its fourth column, alone or with its name behind it.

    >>> is_of("chr1\\t1\\t9\\tM1_ELK4\\t9\\t+", "M1"), is_of("chr1\\t1\\t9\\tM10\\t9\\t+", "M1")
    (True, False)
    """
    cells = line.split("\t")
    return len(cells) > 3 and (cells[3] == motif_id or cells[3].startswith(f"{motif_id}_"))


def of_motif(text: str, motif_id: str) -> str:
    """One motif of a file of several, MEME or JASPAR, with what stands before the first.

    >>> of_motif(">M1 A\\nA [1]\\n>M2 B\\nA [2]\\n", "M2")
    '>M2 B\\nA [2]\\n'
    """
    before, *blocks = re.split(r"^(?=MOTIF |>)", text, flags=re.MULTILINE)
    own = [block for block in blocks if block.split(maxsplit=2)[block.startswith("MOTIF")].lstrip(">") == motif_id]
    return before + own[0].rstrip("\n") + "\n" if own else ""
