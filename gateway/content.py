"""A letter's bytes as they come in after DATA: one buffer, whatever its lines are like."""

_END = b"\r\n.\r\n"


class Content:
    """A letter on its way in. A lone dot ends it (RFC 5321 §4.1.1.4), and nothing that only looks like one.

    What becomes too big is thrown away while the rest of it is read.
    """

    def __init__(self, trace: bytes, most: int) -> None:
        """`trace` stands above the letter; its line end is the one before a dot that comes first. `most` bytes are kept below it."""
        self._kept = bytearray(trace)
        self._start = len(trace)
        self._searched = self._start - len("\r\n")
        self._most = most
        self._end = -1
        self.received = 0
        self.dropped = False

    @property
    def held(self) -> int:
        """How many bytes are in memory."""
        return len(self._kept)

    def add(self, chunk: bytes) -> bool:
        """Take what came; whether the letter is whole."""
        self.received += len(chunk)
        self._kept += chunk
        self._end = self._kept.find(_END, self._searched)
        if self._end >= 0:
            return True
        self._searched = max(self._searched, len(self._kept) - len(_END) + 1)
        if self.dropped or len(self._kept) - self._start > self._most + len(_END):
            self.drop()
        return False

    def drop(self) -> None:
        """Keep nothing but what may be the beginning of the end."""
        self.dropped = True
        del self._kept[: self._searched]
        self._searched = 0

    def rest(self) -> bytes:
        """What a pipelining client sent behind the letter."""
        return bytes(self._kept[self._end + len(_END) :])

    def letter(self) -> bytes | None:
        """The letter below its trace, each line's first dot off (RFC 5321 §4.5.2); None where it is too big. To be asked once."""
        end = self._end + len("\r\n")
        if self.dropped or end - self._start > self._most:
            return None
        del self._kept[end:]
        if self._kept.startswith((b" ", b"\t"), self._start):
            # It has no header: without an empty line its first words would continue the trace.
            self._kept[self._start : self._start] = b"\r\n"
        whole = bytes(self._kept)
        self._kept.clear()
        return whole.replace(b"\r\n.", b"\r\n") if b"\r\n." in whole else whole
