"""Rate, errors and duration of requests for Prometheus, by route template so that ids do not multiply the series."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Metrics:
    """The figures of one service; each app has its own registry, so that two in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "renkei_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._duration = Histogram(
            "renkei_http_request_duration_seconds",
            "Time to the end of the answer.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.running = Gauge("renkei_http_requests_running", "Requests being answered.", registry=self.registry)
        self.resources = Gauge("renkei_resources", "Resources published, by kind.", ("kind",), registry=self.registry)
        self.journal = Gauge("renkei_journal_head", "Number of the newest journal event.", registry=self.registry)
        self.lag = Gauge(
            "renkei_projection_lag",
            "Journal events a projection has not applied.",
            ("projection",),
            registry=self.registry,
        )

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        method = method if method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH") else "OTHER"
        self._requests.labels(method, route, str(status)).inc()
        self._duration.labels(method, route).observe(duration_s)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
