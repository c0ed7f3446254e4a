"""The order routes. Optimistic concurrency as in RFC 9110: read the ETag, send it back in If-Match."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response, status
from pydantic import BeforeValidator

from app import orders, secret_store
from app.orders import Order, OrderId

router = APIRouter(prefix="/orders", tags=["orders"])
IfMatch = Annotated[str | None, Header()]
OrderIds = Annotated[list[OrderId], BeforeValidator(lambda texts: ",".join(texts).split(",")), Query(max_length=200)]


@router.put("/{order_id}")
def put_order(order_id: OrderId, order: Order, response: Response, if_match: IfMatch = None) -> dict[str, Any]:
    """Create an order (201) or replace it (200). Dapr does not tell the ETag of a save: GET the order for it."""
    stored, created = orders.put(order_id, order, _etags(if_match))
    response.status_code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
    return _view(order_id, stored)


@router.get("")
def get_orders(ids: OrderIds) -> list[dict[str, Any]]:
    """Show the orders with these ids, such as `?ids=1,2`; those that there are not are left out."""
    return [_view(order_id, order) for order_id, order in orders.get_all(ids).items()]


@router.get("/{order_id}")
def get_order(order_id: OrderId, response: Response) -> dict[str, Any]:
    """Show an order, with its version in the ETag header."""
    record = orders.get(order_id)
    response.headers["ETag"] = f'"{record.etag}"'
    return _view(order_id, record.value)


@router.delete("/{order_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_order(order_id: OrderId, if_match: IfMatch = None) -> None:
    """Delete an order."""
    orders.delete(order_id, _etags(if_match))


@router.get("/{order_id}/summary")
def summary(order_id: OrderId) -> dict[str, Any]:
    """Tell what is paid and what is open, in cents."""
    order = orders.get(order_id).value
    paid = sum(payment["amount"] for payment in order["payments"])
    return {"id": order_id, "amount": order["amount"], "paid": paid, "shipped": bool(order["shipments"])}


@router.get("/{order_id}/receipt")
def receipt(order_id: OrderId) -> dict[str, Any]:
    """Sign the summary with the secret `receipt-key`."""
    content = summary(order_id)
    return {**content, "signature": secret_store.sign(content, "receipt-key")}


def _etags(if_match: str | None) -> set[str] | None:
    return {tag.strip().strip('"') for tag in if_match.split(",")} if if_match is not None else None


def _view(order_id: str, order: dict[str, Any]) -> dict[str, Any]:
    return {"id": order_id, **order}
