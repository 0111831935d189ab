"""The records of FASTA files, read once: letters on disk, the rest as columns; a record is made when asked for."""

from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.fasta import FastaRecord, FreeNames, header_words, iter_fasta
from sparling_genomics.letters.alphabet import Codes, blocks, encode
from sparling_genomics.stored.letters import Letters, Offsets
from sparling_genomics.stored.names import Names, have_repeats

Numbers = NDArray[np.int64]
T = int(encode("T")[0])


class Records(Sequence[FastaRecord]):
    """Records in their order, of whatever number.

    ``codes`` of all joined, ``offsets`` int64 (n + 1,); ``names``; ``headers`` as they stand; of each record
    ``line``, and how many of its letters are ``ambiguous``, ``uracil``, ``thymine`` (U counts as T there): int64 (n,).
    """

    def __init__(
        self, codes: Codes, offsets: Offsets, names: Names, headers: Names, counts: tuple[Numbers, ...], words: bool
    ) -> None:
        self.codes, self.offsets, self.names, self.headers = codes, offsets, names, headers
        self.line, self.ambiguous, self.uracil, self.thymine = counts
        self._has_words = words

    @classmethod
    def of(cls, records: Iterable[FastaRecord]) -> "Records":
        """These records, taken one by one; names are theirs, whether or not one is there twice."""
        letters, names, headers = Letters(), Names(), Names()
        counts = tuple(array("q") for _ in range(4))
        has_words = False
        for record in records:
            letters.add(record.codes)
            names.append(record.name)
            headers.append("" if record.header == record.name else record.header)
            own = record.line, record.n_ambiguous, record.n_uracil, int(np.count_nonzero(record.codes == T))
            for column, number in zip(counts, own, strict=True):
                column.append(number)
            has_words = has_words or bool(record.attributes)
        codes, offsets = letters.finished()
        columns = tuple(np.array(column, dtype=np.int64) for column in counts)
        return cls(codes, offsets, names, headers, columns, has_words)

    @classmethod
    def read(cls, path: Path | str) -> "Records":
        """The records of a FASTA file as `read_fasta` has them: a name that was used before gets a number.

        Raises ``InputError`` as `read_fasta` does, and where letters do not fit into the folder of temporary files.
        """
        records = cls.of(iter_fasta(path))
        if not have_repeats(records.names):
            return records
        free = FreeNames(records.names)
        return records.called(free.free(name) for name in records.names)

    @property
    def lengths(self) -> Numbers:
        """Letters of each record: int64 (n,)."""
        return np.diff(self.offsets)

    def called(self, names: Iterable[str]) -> "Records":
        """The same records under other names."""
        headers = Names(self.header(i) for i in range(len(self)))
        return Records(self.codes, self.offsets, Names(names), headers, self._counts, self._has_words)

    def then(self, others: "Records") -> "Records":
        """These records, and behind them the others."""
        letters = Letters()
        for each in (self, others):
            lengths = each.lengths.tolist()
            for first, last in blocks(each.offsets):
                letters.add_joined(each.codes[each.offsets[first] : each.offsets[last]], lengths[first:last])
        codes, offsets = letters.finished()
        counts = tuple(np.concatenate(both) for both in zip(self._counts, others._counts, strict=True))
        names, headers = (Names([*a, *b]) for a, b in ((self.names, others.names), (self.headers, others.headers)))
        return Records(codes, offsets, names, headers, counts, self._has_words or others._has_words)

    @property
    def renamed(self) -> int:
        """How many have another name than the first word of their header."""
        other = (i for i, header in enumerate(self.headers) if header)
        return sum(self.headers[i].split(maxsplit=1)[0] != self.names[i] for i in other)

    def words(self, key: str) -> list[str | None]:
        """What each header says behind ``key=``, None where it says nothing of it."""
        if not self._has_words:
            return [None] * len(self)
        return [header_words(header).get(key) if "=" in header else None for header in self.headers]

    def header(self, index: int) -> str:
        """The header as it stands in the file, without its ">"."""
        return self.headers[index] or self.names[index]

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> FastaRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[FastaRecord]: ...
    def __getitem__(self, index: int | slice) -> FastaRecord | list[FastaRecord]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        header = self.header(index)
        index %= len(self)
        return FastaRecord(
            name=self.names[index],
            attributes=header_words(header) if self._has_words else {},
            codes=self.codes[self.offsets[index] : self.offsets[index + 1]],
            line=int(self.line[index]),
            n_ambiguous=int(self.ambiguous[index]),
            n_uracil=int(self.uracil[index]),
            header=header,
        )

    @property
    def _counts(self) -> tuple[Numbers, ...]:
        return self.line, self.ambiguous, self.uracil, self.thymine
