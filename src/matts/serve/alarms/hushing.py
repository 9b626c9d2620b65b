"""Which alarms are kept from operators by design: modes, suppression, assets out of service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matts.serve.alarms.settings import Key


@dataclass
class Hushing:
    """What each asset is in, and which of its kinds of alarm that suppresses."""

    rules: Mapping[str, tuple[Key, ...]]  # the kinds that a mode suppresses
    modes: dict[str, str] = field(default_factory=dict)  # of assets that do not just run
    suppressed: set[tuple[str, str]] = field(default_factory=set)  # asset and kind; "": every kind
    out: set[str] = field(default_factory=set)  # assets out of service

    def state_of(self, asset: str, key: str) -> str:
        """What hides that alarm: out_of_service, suppressed, or nothing."""
        if asset in self.out:
            return "out_of_service"
        by_mode = key in self.rules.get(self.modes.get(asset, ""), ())
        by_hand = (asset, key) in self.suppressed or (asset, "") in self.suppressed
        return "suppressed" if by_mode or by_hand else ""

    def to_tree(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            "modes": dict(sorted(self.modes.items())),
            "suppressed": sorted(map(list, self.suppressed)),
            "out": sorted(self.out),
        }

    def read(self, tree: dict[str, Any]) -> None:
        """Go on from what `to_tree` gave."""
        self.modes, self.out = dict(tree["modes"]), set(tree["out"])
        self.suppressed = {(asset, key) for asset, key in tree["suppressed"]}
