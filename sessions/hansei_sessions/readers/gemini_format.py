"""Where the Gemini CLI keeps its chats, and those that it wrote as one document a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from hansei_sessions.errors import LogFormatError
from hansei_sessions.files import Opener, walk
from hansei_sessions.readers import roots
from hansei_sessions.readers.base import Beside, Reader, ReaderFormat, SnapshotReader, Told
from hansei_sessions.readers.documents import load_json, read_bytes, read_json
from hansei_sessions.readers.gemini import (
    GeminiReader,
    project_name,
    take_message,
    take_metadata,
)
from hansei_sessions.readers.lenient import items, mapping, text
from hansei_sessions.readers.snapshot import new_teller, stem, told

_BESIDE_LIMIT: Final = 4 * 1024 * 1024


class GeminiDocumentReader(SnapshotReader):
    """Reads a chat of before the event log: one JSON object with all messages."""

    agent = "gemini-cli"
    version = GeminiReader.version

    def read(self, path: str, opener: Opener, known: Mapping[str, str]) -> Iterator[Told]:
        """Yield the chat; the arguments are those of `SnapshotReader.read`."""
        del known
        document = mapping(load_json(opener, path))
        if not isinstance(document.get("messages"), list):
            raise LogFormatError("it is no chat of the Gemini CLI", "Its messages are missing.")
        teller = new_teller(self.agent, GeminiReader.rules)
        take_metadata(teller, document)
        for message in items(document["messages"]):
            if take_message(teller, message):
                teller.story.parsed += 1
            else:
                teller.story.skipped += 1
        yield told(teller, path, stem(path))


@dataclass(frozen=True, slots=True)
class GeminiFormat(ReaderFormat):
    """Where the Gemini CLI keeps its logs."""

    roots = staticmethod(roots.gemini)

    def logs(self, root: Path, on_error: Callable[[OSError], None] | None = None) -> Iterable[Path]:
        """Yield the chats of a Gemini home, or of any folder that holds some itself."""
        folder = root / "tmp"
        inside = folder if folder.is_dir() else root
        for each in walk(inside, (".jsonl", ".json"), on_error):
            path = Path(each)
            if inside is root or "chats" in path.parts[len(inside.parts) :]:
                yield path

    def reader_of(self, log: str) -> Reader:
        """Return the reader of event logs, or of documents."""
        return GeminiDocumentReader if log.endswith(".json") else GeminiReader

    def rank_of(self, log: str) -> int:
        """Let the event log stand for a chat that was a document before."""
        return int(log.endswith(".json"))

    def beside(self, log: str, opener: Opener) -> Beside | None:
        """Return the project's folder, which chats do not tell.

        The folder of a project's chats bears a name that `projects.json` gives to the project's
        path, in older versions the path's SHA-256; newer versions note the path in it too.
        """
        parts = Path(log).parts
        if "chats" not in parts:
            return None
        at = len(parts) - 1 - parts[::-1].index("chats")
        folder = Path(*parts[:at])
        try:
            noted = read_bytes(opener, str(folder / ".project_root"), 4096).decode().strip()
        except (OSError, LogFormatError, UnicodeDecodeError):
            noted = ""
        if not noted:
            registry = read_json(opener, str(folder.parent.parent / "projects.json"), _BESIDE_LIMIT)
            for path, slug in mapping(mapping(registry).get("projects")).items():
                if folder.name in {text(slug), sha256(path.encode()).hexdigest()}:
                    noted = path
        return Beside(cwd=noted, project=project_name(folder.name))


GEMINI = GeminiFormat("gemini-cli", GeminiReader)
