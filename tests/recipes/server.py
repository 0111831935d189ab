"""A server on loopback that can be told to misbehave."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = 1 << 16


@dataclass
class Site:
    """What is served, and how."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    """Path → body."""
    moved: dict[str, str] = field(default_factory=dict)
    """Path → where it is."""
    status: dict[str, int] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    """The connection is closed after so many bytes of the body, one number a request."""
    ranges: bool = True
    tag: str = '"1"'
    pace: float = 0.0
    """Seconds before each 64 KiB of a body."""
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range of every request."""


@contextmanager
def serving() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.site = Site(f"http://127.0.0.1:{server.server_address[1]}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.site  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        span = self.headers.get("Range")
        site.asked.append((self.path, span))
        if self.path in site.moved:
            return self.head(302, {"Location": site.moved[self.path], "Content-Length": "0"})
        if self.path in site.status or self.path not in site.files:
            return self.head(site.status.get(self.path, 404), {"Content-Length": "0"})
        body, start, headers = site.files[self.path], 0, {"ETag": site.tag} if site.tag else {}
        if site.ranges and span and self.headers.get("If-Range") == site.tag:
            start = int(span.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return self.head(416, {"Content-Range": f"bytes */{len(body)}", "Content-Length": "0"})
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        if "gzip" in self.headers.get("Accept-Encoding", ""):  # as many servers do with text
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        rest = body[start:]
        self.head(206 if "Content-Range" in headers else 200, headers | {"Content-Length": str(len(rest))})
        rest = rest[: site.cuts.pop(0)] if site.cuts else rest
        with suppress(ConnectionError):
            for at in range(0, len(rest), PIECE):
                time.sleep(site.pace)
                self.wfile.write(rest[at : at + PIECE])
        return None

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
