"""Bring a file of orders into the order service: a job that starts, works and ends. `python import_orders.py FILE`."""

import csv
import json
import logging
import sys
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import sidecar

logger = logging.getLogger("import")


def main() -> None:
    """Import the file once; end with status 1 when that is not certain, so that whoever started it starts it again."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    file = Path(sys.argv[1])
    try:
        sidecar.wait_until_ready()
        import_once(file)
    except sidecar.SidecarError as error:
        sys.exit(f"{file} is not imported, start me again: {error}")


def import_once(file: Path) -> None:
    """Put every order, remember that, and tell others: in this order, so that after any failure all can be repeated."""
    key = f"import-{sha256(file.read_bytes()).hexdigest()}"
    if sidecar.call("GET", f"/state/statestore/{key}"):
        logger.info("%s is imported already", file)
        return
    with file.open(newline="", encoding="utf-8") as lines:
        orders = {row.pop("id"): row for row in csv.DictReader(lines)}
    for order_id, order in orders.items():
        put(order_id, {"customer": order["customer"], "amount": int(order["amount"])})
    done = {"file": file.name, "orders": sorted(orders)}
    sidecar.call("POST", "/publish/pubsub/orders.imported", done)
    sidecar.call("POST", "/state/statestore", [{"key": key, "value": done}])
    logger.info("%d orders imported", len(orders))


def put(order_id: str, order: dict[str, str | int]) -> None:
    """Put one order through service invocation. Putting it again changes nothing."""
    sidecar.call("PUT", f"/invoke/orders-node/method/orders/{quote(order_id, safe='')}", order)
    logger.info("%s: %s", order_id, json.dumps(order, ensure_ascii=False))


if __name__ == "__main__":
    main()
