"""How alike two names of one account holder are: the ERP's and the bank's.

Banks print names in capitals, without accents, cut at some width, with or
without titles and legal forms, in any order. What remains after folding these
away is compared word by word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

_ABBREVIATION = re.compile(r"\b(?:[a-z]\.)+[a-z]\b\.?")
_APOSTROPHES = str.maketrans("", "", "'`\u2018\u2019")
_OTHER = re.compile(r"[^a-z0-9]+")

# Titles and legal forms that one side writes and the other leaves out.
_DROPPED = frozenset(
    (
        *("pt", "cv", "ud", "pd", "tbk", "persero", "perseroan", "terbatas"),
        *("ltd", "inc", "co", "corp"),
        *("bapak", "bpk", "ibu", "sdr", "sdri", "tn", "ny", "nn"),
        *("haji", "hajah", "hajjah", "h", "hj", "kh"),
        *("prof", "dr", "drs", "dra", "drg", "ir", "se", "sh", "st", "mm", "mt", "mh"),
        *("msi", "mba", "mkom", "skom", "spd", "mpd", "ak", "ca"),
    )
)
# One name in the spellings of identity cards and of banks.
_SPELLINGS = dict.fromkeys(
    (
        *("muhamad", "mohammad", "mohamad", "mochammad", "mochamad", "muhammed"),
        *("moh", "moch", "muh", "mhd"),
    ),
    "muhammad",
)

# A bank that prints this many characters or more may have cut the name.
_CUT_FROM = 20
# Letters that two words must share in the beginning for one to be short for the other.
_STEM = 3
_NEARLY = 0.8
_SHORTENED = 0.9


def similarity(ours: str, theirs: str) -> float:
    """From 0 (another person) to 1 (the same name); 0 when a name is empty."""
    left, right = _words(ours), _words(theirs)
    if not left or not right:
        return 0.0
    if sorted(left) == sorted(right) or "".join(left) == "".join(right):
        return 1.0
    alike = _alike(left, right)
    if len(theirs.strip()) >= _CUT_FROM:
        alike = max(alike, _alike(_cut(left, right), right))
    return alike


def _words(name: str) -> list[str]:
    """Lower-case words without accents, punctuation, titles and legal forms."""
    plain = unicodedata.normalize("NFKD", name).translate(_APOSTROPHES)
    folded = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    folded = _ABBREVIATION.sub(lambda found: f"{found[0].replace('.', '')} ", folded)
    words = _OTHER.sub(" ", folded).split()
    kept = [word for word in words if word not in _DROPPED] or words
    return [_SPELLINGS.get(word, word) for word in kept]


def _alike(left: Sequence[str], right: Sequence[str]) -> float:
    """The share of letters in words that have a counterpart, however ordered."""
    unmatched = list(right)
    shared = 0.0
    # Long words first: they say most, and must not lose theirs to short ones.
    for word in sorted(left, key=len, reverse=True):
        best = max(unmatched, key=lambda other: _word_alike(word, other), default="")
        weight = _word_alike(word, best) if best else 0.0
        if weight:
            unmatched.remove(best)
            shared += weight * (len(word) + len(best))
    return shared / sum(len(word) for word in (*left, *right))


def _word_alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if long.startswith(short) and (len(short) == 1 or len(short) >= _STEM):
        return _SHORTENED
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio if ratio >= _NEARLY else 0.0


def _cut(words: Sequence[str], like: Sequence[str]) -> list[str]:
    """Our words, cut where the bank's words end."""
    letters = sum(len(word) for word in like)
    cut = []
    for word in words:
        if letters <= 0:
            break
        cut.append(word[:letters])
        letters -= len(word)
    return cut
