"""All readers. To add one: write a reader and a `Format`, and name it here."""

from __future__ import annotations

from typing import Final

from hansei_sessions.readers.aider import AIDER
from hansei_sessions.readers.amp import AMP
from hansei_sessions.readers.base import Format
from hansei_sessions.readers.claude_code import ClaudeCodeFormat, ClaudeCodeReader
from hansei_sessions.readers.cline_format import CLINE, ROO_CODE
from hansei_sessions.readers.codex_format import CODEX
from hansei_sessions.readers.continue_dev import CONTINUE
from hansei_sessions.readers.copilot import COPILOT
from hansei_sessions.readers.copilot_chat import COPILOT_CHAT
from hansei_sessions.readers.crush import CRUSH
from hansei_sessions.readers.cursor import CURSOR
from hansei_sessions.readers.droid import DROID
from hansei_sessions.readers.gemini_format import GEMINI
from hansei_sessions.readers.goose import GOOSE
from hansei_sessions.readers.kilo import KILO
from hansei_sessions.readers.kimi import KIMI
from hansei_sessions.readers.kiro import KIRO
from hansei_sessions.readers.opencode_format import OPENCODE
from hansei_sessions.readers.openhands import OPENHANDS
from hansei_sessions.readers.pi import PI
from hansei_sessions.readers.qwen import QWEN
from hansei_sessions.readers.specstory import SPECSTORY
from hansei_sessions.readers.swe_agent import SWE_AGENT

FORMATS: Final[tuple[Format, ...]] = (
    ClaudeCodeFormat("claude-code", ClaudeCodeReader),
    CODEX,
    GEMINI,
    OPENCODE,
    AIDER,
    COPILOT,
    COPILOT_CHAT,
    QWEN,
    GOOSE,
    CLINE,
    ROO_CODE,
    KILO,
    CRUSH,
    CONTINUE,
    AMP,
    OPENHANDS,
    KIMI,
    KIRO,
    DROID,
    CURSOR,
    PI,
    SWE_AGENT,
    SPECSTORY,
)
"""Every log format that hansei reads, in the order in which their logs are looked for."""
