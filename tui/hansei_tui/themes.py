"""The colours of hansei: one dark and one light set; every other Textual theme works as well."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="hansei-dark",
    dark=True,
    primary="#86b0d8",
    secondary="#a9b8c9",
    accent="#dcb267",
    foreground="#d5d9e0",
    background="#14171c",
    surface="#14171c",
    panel="#1d222a",
    success="#86bd92",
    warning="#dcb267",
    error="#e0837b",
    variables={
        "quiet": "#858d99",
        "rule": "#343b46",
        "row-cursor": "#24303d",
        "row-cursor-away": "#1c222a",
        "heat-1": "#211e1a",
        "heat-2": "#33291c",
        "heat-3": "#4c3a20",
        "heat-4": "#6d5227",
        "border": "#343b46",
        "border-blurred": "#343b46",
        "footer-key-foreground": "#dcb267",
        "block-cursor-foreground": "#14171c",
        "block-cursor-background": "#86b0d8",
        "input-selection-background": "#86b0d8 35%",
        "scrollbar": "#343b46",
        "scrollbar-background": "#14171c",
        "scrollbar-hover": "#4b5563",
        "scrollbar-active": "#86b0d8",
        "scrollbar-corner-color": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
    },
)

LIGHT: Final = Theme(
    name="hansei-light",
    dark=False,
    primary="#2a5c8e",
    secondary="#55606e",
    accent="#8a5a00",
    foreground="#262b33",
    background="#fbfaf7",
    surface="#fbfaf7",
    panel="#f0ede6",
    success="#2c6e43",
    warning="#8a5a00",
    error="#a8322b",
    variables={
        "quiet": "#6b7280",
        "rule": "#d5d0c5",
        "row-cursor": "#dde8f2",
        "row-cursor-away": "#efece5",
        "heat-1": "#f6eedc",
        "heat-2": "#efdcb5",
        "heat-3": "#e6c88a",
        "heat-4": "#dbb163",
        "border": "#d5d0c5",
        "border-blurred": "#d5d0c5",
        "footer-key-foreground": "#8a5a00",
        "block-cursor-foreground": "#fbfaf7",
        "block-cursor-background": "#2a5c8e",
        "input-selection-background": "#2a5c8e 25%",
        "scrollbar": "#cfc9bc",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-hover": "#b3ac9d",
        "scrollbar-active": "#2a5c8e",
        "scrollbar-corner-color": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
    },
)

FALLBACK_VARIABLES: Final = {
    "quiet": "#808080",
    "rule": "#606060",
    "row-cursor": "#3a4a5a",
    "row-cursor-away": "#303030",
    "heat-1": "#303030",
    "heat-2": "#3a4a5a",
    "heat-3": "#465a6e",
    "heat-4": "#526a82",
}
"""What our style sheets need where another theme is chosen that does not know these names."""


def names() -> tuple[str, ...]:
    """Return what `screen.theme` may be: our own two first, then Textual's."""
    from textual.theme import BUILTIN_THEMES

    return (DARK.name, LIGHT.name, *BUILTIN_THEMES)
