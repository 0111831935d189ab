"""Valid files of a format with some bytes, lines and fields changed."""

import gzip
import re

from hypothesis import strategies as st

HOSTILE = (
    b"", b" ", b"-1", b"0", b"1e400", b"-1e400", b"nan", b"inf", b"9" * 30, b"9" * 5000, b"1_0", b"0x10", b"1e-400",
    "٣".encode(), "²".encode(), b"\xff", b"\x00", b"\x0c", b"\x1c", b"\x85", "\u2028".encode(),
    "\u200b".encode(), b"\r",
    b"=1+1", b"+", b"-", b".", b"%", b"%00", b"<script>", b"\x1b[31m", b"../../x", b"a" * 3000, b'"', b"'", b"[", b"(",
    b"{}", b"%s", b"18446744073709551616", b"-9223372036854775809", b"2147483648",
)  # fmt: skip
"""What a field may hold that its reader did not think of."""
_FIELDS = re.compile(rb"([\t ,;=:|]+)")


def changed_files(seeds: tuple[bytes, ...], words: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """A file of the format, changed at up to four places; now and then compressed, in UTF-16, or cut off."""
    fields = st.sampled_from(HOSTILE) | st.sampled_from([word.encode() for word in words]) | st.binary(max_size=6)

    @st.composite
    def draw_file(draw: st.DrawFn) -> bytes:
        lines = draw(st.sampled_from([seed for seed in seeds if b"\x00" not in seed])).split(b"\n")
        for _ in range(draw(st.integers(1, 4))):
            at = draw(st.integers(0, len(lines) - 1))
            kind = draw(st.sampled_from(["field", "field", "field", "insert", "bytes", "drop", "twice", "swap", "cut"]))
            if kind == "field":
                parts = _FIELDS.split(lines[at])
                parts[draw(st.integers(0, (len(parts) - 1) // 2)) * 2] = draw(fields)
                lines[at] = b"".join(parts)
            elif kind == "insert":
                lines.insert(at, draw(fields))
            elif kind == "bytes":
                start = draw(st.integers(0, len(lines[at])))
                end = min(start + draw(st.integers(0, 4)), len(lines[at]))
                lines[at] = lines[at][:start] + draw(fields) + lines[at][end:]
            elif kind == "drop" and len(lines) > 1:
                del lines[at]
            elif kind == "twice":
                lines.insert(at, lines[at])
            elif kind == "swap":
                lines[at], lines[0] = lines[0], lines[at]
            elif kind == "cut":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        content = draw(st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])).join(lines)
        return draw(st.sampled_from([_same, _same, _same, _same, _gzip, _cut_gzip, _utf_16]))(content)

    return draw_file()


def _same(content: bytes) -> bytes:
    return content


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def _cut_gzip(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)[:-9]


def _utf_16(content: bytes) -> bytes:
    return content.decode("utf-8", errors="replace").encode("utf-16")
