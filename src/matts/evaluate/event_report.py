"""Events in words: a table of the strongest, and what naming the unknown did."""

from collections.abc import Mapping, Sequence
from typing import Any

from matts.diagnose.novelty import UNKNOWN
from matts.evaluate.events import in_words, span

Card = Mapping[str, Any]

STRONGEST = 10
FEW = 3  # sensors in a row
LEAST = 0.01  # of the whole: a smaller share is not worth a word
HEADINGS = ("readings", "peak", "fault", "truly", "sensors", "component", "most like")


def event_rows(cards: Sequence[Card]) -> list[list[str]]:
    """A row for each of the strongest events."""
    return [_row(card) for card in cards[:STRONGEST]]


def _row(card: Card) -> list[str]:
    brief = {
        **card,
        "sensors": dict([each for each in card["sensors"].items() if each[1] >= LEAST][:FEW]),
        "components": dict(list(card["components"].items())[:1]),
        "similar": card["similar"][:1],
    }
    words = in_words(brief)
    asset = f" of {card['asset']}" if card["asset"] else ""
    return [
        f"{span(card)}{asset}",
        f"{card['peak']:.3g}",
        named(card),
        words["truth"] or "-",
        *(words[key] or "-" for key in ("sensors", "components", "similar")),
    ]


def named(card: Card) -> str:
    """The fault with its probability; an unknown one has none.

    >>> named({"fault": "Bearing", "probability": 0.934}), named({"fault": "unknown"})
    ('Bearing 93%', 'unknown')
    """
    return UNKNOWN if card["fault"] == UNKNOWN else f"{card['fault']} {card['probability']:.0%}"


def count_events(cards: Sequence[Card]) -> str:
    """How many events there are and how right they were named.

    >>> cards = [{"fault": "Bearing", "truth": ["Bearing"]}, {"fault": "unknown", "truth": []}]
    >>> count_events(cards)
    '2 runs of alerts: 1 on faulty readings, of which 1 was named right, 0 wrong and 0 unknown; \
1 on healthy ones, of which 1 was called unknown.'
    """
    if any(card["truth"] is None for card in cards):
        return f"{len(cards)} runs of alerts; nothing is labelled, so nobody knows which are right."
    true, false = ([c for c in cards if bool(c["truth"]) is kind] for kind in (True, False))
    right = sum(card["fault"] in card["truth"] for card in true)
    unknown = sum(card["fault"] == UNKNOWN for card in true)
    doubted = sum(card["fault"] == UNKNOWN for card in false)
    return (
        f"{len(cards)} runs of alerts: {len(true)} on faulty readings, of which {right} "
        f"{_were(right)} named right, {len(true) - right - unknown} wrong and {unknown} unknown; "
        f"{len(false)} on healthy ones, of which {doubted} {_were(doubted)} called unknown."
    )


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
