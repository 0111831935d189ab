"""A page as a test looks at it."""

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "link", "input", "hr", "wbr"}


class Page(HTMLParser):
    """Text, attributes and open elements of a page; one that is ``whole`` fails on elements closed out of order."""

    def __init__(self, html: str, *, whole: bool = True) -> None:
        super().__init__()
        self.whole = whole
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [] or not whole

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        last = self.open.pop() if self.open else ""
        assert last == tag or not self.whole

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


class Element:
    """One element of a page and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.inside: list[Element | str] = []

    def elements(self) -> Iterator["Element"]:
        """All below it, in their order."""
        for each in self.inside:
            if isinstance(each, Element):
                yield each
                yield from each.elements()

    def every(self, tag: str = "", **attributes: str) -> list["Element"]:
        """Those below it of a tag, with these words in these attributes (``of="x"`` is class x)."""
        asked = {"class" if name == "of" else name: word for name, word in attributes.items()}
        return [
            each
            for each in self.elements()
            if (not tag or each.tag == tag)
            and all(word in each.attributes.get(name, "").split() for name, word in asked.items())
        ]

    def only(self, tag: str = "", **attributes: str) -> "Element":
        """The one of `every`."""
        (found,) = self.every(tag, **attributes)
        return found

    def text(self, without: tuple[str, ...] = ("svg", "script", "style")) -> str:
        """What is written in it, but in elements of some tags; blanks as one."""
        inside = [each for each in self.inside if isinstance(each, str) or each.tag != "wbr"]
        parts = [each if isinstance(each, str) else f" {each.text(without)} " for each in inside]
        return "" if self.tag in without else " ".join("".join(parts).split())


class _Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.open = [Element("", {})]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(self.open[-1].inside[-1])

    def handle_startendtag(self, tag, attrs):
        self.open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].inside.append(data)


def tree(html: str) -> Element:
    """A page as elements; fails where one is closed out of order."""
    return _Tree(html).open[0]
