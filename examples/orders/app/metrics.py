"""What is counted. Labels are topics, answers and route templates, never ids: the number of series is bounded."""

from prometheus_client import Counter, Histogram

EVENTS = Counter("orders_events", "Deliveries by topic and answer.", ["topic", "answer"])
REQUESTS = Histogram("orders_request_seconds", "Time to answer a request.", ["route", "status"])
