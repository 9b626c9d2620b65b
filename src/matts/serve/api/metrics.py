"""Counts and levels of the service for Prometheus."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from matts.serve.service.service import Service

COUNTS = {
    "accepted": "readings that were taken",
    "duplicates": "readings that were there already",
    "late": "readings older than the newest of their asset",
    "wrong": "readings refused for what they say",
    "busy": "readings posted and sent away for too many waited, each time they came",
    "crowded": "readings of assets for which there is no place, refused or not judged",
    "judgements": "readings that were judged",
    "failed": "readings that no detector could judge",
    "judge_seconds": "seconds of judging",
    "slow_clients": "clients of the stream that were let go",
}


class Levels(Collector):
    """What is measured anew each time somebody asks."""

    def __init__(self, service: Service, listening: int) -> None:
        self.service, self.listening = service, listening

    def collect(self) -> Iterator[Metric]:
        """Every metric of the service."""
        for name, told in COUNTS.items():
            value = getattr(self.service.engine.counters, name)
            yield CounterMetricFamily(f"matts_{name}", told, value=value)
        lost = "readings that sources lost for want of room"
        yield CounterMetricFamily("matts_dropped", lost, value=self.service.dropped)
        yield GaugeMetricFamily(
            "matts_lag", "entries not judged yet", value=self.service.engine.lag
        )
        yield GaugeMetricFamily("matts_clients", "who listens now", value=self.listening)
        under_way = self.service.door.places.under_way
        yield GaugeMetricFamily("matts_assets", "assets whose unit has not ended", value=under_way)
        alarms = GaugeMetricFamily("matts_alarms", "alarms by state", labels=["state"])
        for state, count in Counter(each.state for each in self.service.engine.alarms()).items():
            alarms.add_metric([state], count)
        yield alarms


def measure(service: Service, listening: int) -> bytes:
    """All of it in the text form of Prometheus."""
    registry = CollectorRegistry()
    registry.register(Levels(service, listening))
    return generate_latest(registry)
