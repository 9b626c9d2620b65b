"""What the service has done since it was started."""

from dataclasses import dataclass


@dataclass
class Counters:
    """Counts, and seconds of judging."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    wrong: int = 0  # readings refused for what they say
    busy: int = 0  # readings posted while there was no room: whoever posts them sends them again
    crowded: int = 0  # readings of assets for which there is no place, refused or not judged
    judgements: int = 0
    failed: int = 0  # readings that no detector could judge
    judge_seconds: float = 0.0
    slow_clients: int = 0  # of the stream, let go

    def judged(self, count: int, seconds: float) -> None:
        """So many readings were judged in so many seconds."""
        self.judgements += count
        self.judge_seconds += seconds
