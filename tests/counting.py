"""What a function costs, counted instead of timed: the same on a busy machine."""

import sys
from collections.abc import Callable
from types import FrameType


def calls(function: Callable[[], object]) -> int:
    """How many functions, of Python and of C, ``function`` calls in all.

    >>> calls(lambda: [abs(number) for number in (1, 2, 3)]) - calls(lambda: [abs(number) for number in (1, 2)])
    1
    """
    count = 0

    def look(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count
