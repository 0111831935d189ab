"""Numbers of things in sentences: "1 gene", "2,000 genes"."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """The number with its noun, which gets an s, or is ``plural``, unless there is one of it.

    >>> counted(1, "gene"), counted(0, "gene"), counted(2000, "entry", "entries")
    ('1 gene', '0 genes', '2,000 entries')
    """
    return f"{number:,} {agreeing(number, noun, plural or noun + 's')}"


def agreeing(number: int, one: str, many: str) -> str:
    """The word that goes with the number, such as a verb.

    >>> agreeing(1, "is", "are"), agreeing(2, "is", "are")
    ('is', 'are')
    """
    return one if number == 1 else many
