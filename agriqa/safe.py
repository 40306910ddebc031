"""Text made harmless on its way out: into spreadsheets and into file names."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# The full-width signs too: spreadsheets in East Asian settings read them alike.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?")
_SEPARATORS = re.compile(r'[\\/:*?"<>|\s]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
# File systems allow 255 bytes; some room for an ending or a number.
_NAME_BYTES = 200


def inert(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Numbers stay numbers, and so does text that is only a number.

    Examples
    --------
    >>> inert("=1+1"), inert("@SUM(A1)"), inert("郫都区"), inert("-1.5"), inert(-1)
    ("'=1+1", "'@SUM(A1)", '郫都区', '-1.5', -1)
    """
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


def file_name(text: str) -> str:
    r"""Return a name that every system takes as one file's name, made from any text.

    No separators, control or bidi characters; not empty, hidden, reserved or too long.

    Examples
    --------
    >>> file_name("../../etc/passwd"), file_name("农药<b>2014</b>.xlsx"), file_name("CON.txt")
    ('etc_passwd', '农药_b_2014_b_.xlsx', '_CON.txt')
    >>> file_name("\u202e..")
    '_'
    """
    text = unicodedata.normalize("NFC", text)
    # Control, format (bidi, zero width) and surrogate; rare characters may be "unassigned".
    text = "".join(
        c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf", "Cs")
    )
    text = _SEPARATORS.sub("_", text).strip(" ._") or "_"
    if _RESERVED.fullmatch(text):
        text = f"_{text}"
    return _shortened(text)


def _shortened(text: str) -> str:
    """Cut a name to the allowed bytes, keeping its ending."""
    if len(text.encode()) <= _NAME_BYTES:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = text, ""
    room = _NAME_BYTES - len((dot + ending).encode() if ending else b"")
    cut = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{cut}.{ending}" if ending else cut
