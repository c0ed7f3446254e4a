"""One JSON object per log line on standard output, with the trace id of the request it belongs to."""

import json
import logging
import sys

from app import tracing

logger = logging.getLogger("orders")


class JsonFormatter(logging.Formatter):
    """Format a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line; an exception's traceback is one of its fields."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "trace_id": tracing.trace_id(),
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in line.items() if value is not None})


def configure() -> None:
    """Send every logger's lines through the formatter, uvicorn's own included."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("uvicorn.access", "httpx"):  # each request is logged once, by the middleware
        logging.getLogger(name).disabled = True
