"""The other side of `crew`: a process that reads logs on order and tells what came of them.

It ends when its input does, so that none is left behind, whatever ends its parent.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from hansei_sessions import redact
from hansei_sessions.files import Opener
from hansei_sessions.index.hands import Brought, Hands, Order
from hansei_sessions.index.memory import keep_what_is_freed
from hansei_sessions.index.pending import Pending, Words
from hansei_sessions.index.reading import Exclusion
from hansei_sessions.readers.base import Format

_HEAD = 8


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a worker has to know before its first order."""

    formats: Mapping[str, Format]
    folders: tuple[str, ...]
    """Where logs may lie."""
    exclusion: Exclusion
    key: bytes
    """Of the fingerprints of redacted secrets, see `redact.use_key`."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has begun; what ends it from here on may be a log."""


@dataclass(frozen=True, slots=True)
class WordsWanted:
    """An order to make words ready."""

    paths: tuple[str, ...] | None
    """Of which logs, as far as this worker read them; None is all."""


@dataclass(frozen=True, slots=True)
class WordsDone:
    """All words that were wanted have been told."""


Message = Setup | Ready | Order | Brought | WordsWanted | list[Words] | WordsDone

_TYPES: tuple[Any, ...] = (Order, Brought, list[Words])
"""Those of which there are many, by the first byte of a message; it is 255 for the others."""
_OTHER = 255
_encode = msgspec.msgpack.Encoder().encode
_decoders = [msgspec.msgpack.Decoder(one) for one in _TYPES]


def send(stream: IO[bytes], message: Message) -> None:
    """Write one message; raises OSError where nobody listens."""
    kind = next(
        (at for at, one in enumerate((Order, Brought, list)) if isinstance(message, one)), _OTHER
    )
    try:
        data = _encode(message) if kind != _OTHER else pickle.dumps(message)
    except UnicodeEncodeError:  # a file's name that is no text
        kind, data = _OTHER, pickle.dumps(message)
    stream.write(bytes((kind,)) + len(data).to_bytes(_HEAD, "little") + data)
    stream.flush()


def receive(stream: IO[bytes]) -> Message | None:
    """Read one message, or None at the end."""
    head = stream.read(1 + _HEAD)
    if len(head) <= _HEAD:
        return None
    kind, size = head[0], int.from_bytes(head[1:], "little")
    data = stream.read(size)
    if len(data) < size:
        return None
    if kind != _OTHER:
        told: Message = _decoders[kind].decode(data)
        return told
    message: Message = pickle.loads(data)  # noqa: S301 - from our own process, over its pipe
    return message


def main() -> None:
    """Serve orders from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key press ends the parent, and that this
    gc.disable()  # as in `scan`
    keep_what_is_freed()
    orders, told = sys.stdin.buffer, sys.stdout.buffer
    parent = os.getppid()
    try:
        setup = receive(orders)
        if isinstance(setup, Setup):
            _serve(setup, orders, told, parent)
    except OSError:
        pass  # nobody listens any more
    os._exit(0)


def _serve(setup: Setup, orders: IO[bytes], told: IO[bytes], parent: int) -> None:
    redact.use_key(setup.key)
    pending = Pending()
    opener = Opener(
        setup.folders,
        forbidden=setup.exclusion.paths,
        should_stop=lambda: os.getppid() != parent,
    )
    hands = Hands(setup.formats, opener, setup.exclusion, pending)
    send(told, Ready())
    while (message := receive(orders)) is not None:
        if isinstance(message, WordsWanted):
            for words in pending.take(message.paths):
                send(told, [words])
            send(told, WordsDone())
        elif isinstance(message, Order):
            send(told, hands.bring(message))
            if pending.is_full:
                send(told, list(pending.take_oldest()))
