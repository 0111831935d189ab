"""What worlds have in common whose output is a sequence of digits: classes, tokens, how many there are of each."""

DIGITS = 10
END = DIGITS
"""The token that ends a sequence."""


class DigitSequence:
    """``fewest`` to ``most`` digits a sample, each number of them as likely."""

    fewest: int
    most: int

    @property
    def class_names(self) -> tuple[str, ...]:
        """The digits."""
        return tuple(str(digit) for digit in range(DIGITS))

    @property
    def tokens(self) -> int:
        """Ten digits and the end."""
        return END + 1

    @property
    def length(self) -> int:
        """The most digits, and the end."""
        return self.most + 1

    @property
    def motifs_per_sample(self) -> float:
        """Mean number of digits."""
        return (self.fewest + self.most) / 2
