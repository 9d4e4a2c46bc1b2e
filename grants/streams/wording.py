"""How the facts of streams are said: what a source's own short words mean."""

from __future__ import annotations

from grants.kernel.words import _, mark

_INCLUDED = {
    "full": mark("in full"),
    "part": mark("in part"),
    "pooled": mark("pooled alongside"),
    "not_included": mark("not included"),
}
_PASSPORTED = {"yes": mark("yes"), "no": mark("no"), "not_stated": mark("not stated")}


def included(word: str) -> str:
    """'in full', 'in part', 'pooled alongside', 'not included'."""
    return _(_INCLUDED.get(word, word))


def passported(word: str) -> str:
    """Was it protected in its first year: yes, no, not stated."""
    return _(_PASSPORTED.get(word, word))


_KINDS = {
    "passported": mark("Passported (protected)"),
    "continuing_funding": mark("Continued project"),
    "fixed_term_post": mark("Fixed-term post"),
    "mainstream_funding": mark("On-going service"),
    "continued_support": mark("Continued support"),
}


def kind(word: str) -> str:
    """What kind of commitment it is: 'Fixed-term post'."""
    return _(_KINDS[word]) if word in _KINDS else word.replace("_", " ")
