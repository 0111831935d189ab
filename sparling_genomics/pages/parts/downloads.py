"""The matrix of one motif as files that lie within the page: nothing else has to be there to save them."""

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
    """The matrix of a motif as MEME and as JASPAR."""
    stem = file_stem(motif_id, name)
    found = []
    for label, source, suffix in (("MEME", "motifs.meme", "meme"), ("JASPAR", "motifs.jaspar", "jaspar")):
        text = of_motif(run.texts.get(source, ""), motif_id)
        if text:
            found.append(Download(label, f"{stem}.{suffix}", f"data:text/plain;charset=utf-8,{quote(text)}", text))
    return found


def file_stem(motif_id: str, name: str) -> str:
    """What files of a motif are called, before the suffix.

    >>> file_stem("M1", "CTCF"), file_stem("M1", "M1")
    ('M1_CTCF', 'M1')
    """
    return safe("_".join(dict.fromkeys((motif_id, name))))


def safe(name: str) -> str:
    """A name as a file may have it.

    >>> safe("M1_FOS::JUN"), safe('a/b "c"')
    ('M1_FOS_JUN', 'a_b_c')
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_")


def of_motif(text: str, motif_id: str) -> str:
    """One motif of a file of several, MEME or JASPAR, with what stands before the first.

    >>> of_motif(">M1 A\\nA [1]\\n>M2 B\\nA [2]\\n", "M2")
    '>M2 B\\nA [2]\\n'
    """
    before, *blocks = re.split(r"^(?=MOTIF |>)", text, flags=re.MULTILINE)
    own = [block for block in blocks if block.split(maxsplit=2)[block.startswith("MOTIF")].lstrip(">") == motif_id]
    return before + own[0].rstrip("\n") + "\n" if own else ""
