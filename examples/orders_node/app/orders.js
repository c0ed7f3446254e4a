// Orders: one state record each, changed only from the version that was read. ETags as in RFC 9110.
import { publish } from "./sidecar.js";
import * as state from "./state.js";
import { isId, isObject, isText, isWhole, parse } from "./values.js";

const UNKNOWN = { status: 404, content: { detail: "there is no such order" } };
const INVALID = { status: 422, content: { detail: "this is no order" } };
const REFUSED = { status: 412, content: { detail: "the order has changed; read it again" } };
const OVERTAKEN = { status: 409, content: { detail: "someone else changed the order at the same time; try again" } };

/** Create an order (201) or replace it (200), keeping its payments and shipments; then announce it. */
export async function put({ values: [id], headers, body }) {
  const order = valid(parse(body));
  if (!isId(id) || !order) return INVALID;
  const record = await state.get(key(id));
  if (!permitted(record, headers["if-match"])) return REFUSED;
  const stored = { payments: [], shipments: [], ...record?.value, ...order };
  return unlessOvertaken(async () => {
    await state.save(key(id), stored, record?.etag);
    await publish("orders.saved", { orderId: id, ...order }); // if this fails the caller puts again
    return { status: record ? 200 : 201, content: { id, ...stored } };
  });
}

/** Show an order, with its version in the ETag header. */
export async function show({ values: [id] }) {
  const record = isId(id) ? await state.get(key(id)) : undefined;
  if (!record) return UNKNOWN;
  return { status: 200, content: { id, ...record.value }, headers: { ETag: `"${record.etag}"` } };
}

/** Show the orders with these ids, such as `?ids=1,2`; those that there are not are left out. */
export async function list({ query }) {
  const ids = [...new Set((query.get("ids") ?? "").split(","))];
  if (ids.length > 200 || !ids.every(isId)) return INVALID;
  const found = await state.getAll(ids.map(key));
  const known = ids.filter((id) => found.has(key(id)));
  return { status: 200, content: known.map((id) => ({ id, ...found.get(key(id)) })) };
}

/** Delete an order. */
export async function remove({ values: [id], headers }) {
  const record = isId(id) ? await state.get(key(id)) : undefined;
  if (!record) return UNKNOWN;
  if (!permitted(record, headers["if-match"])) return REFUSED;
  return unlessOvertaken(async () => {
    await state.remove(key(id), record.etag);
    return { status: 204 };
  });
}

/** Write what `changed` makes of an order, or nothing where it makes nothing; false if there is no such order. */
export function change(id, changed) {
  return state.retryConflicts(async () => {
    const record = await state.get(key(id));
    if (!record) return false;
    const value = changed(record.value);
    if (value) await state.save(key(id), value, record.etag);
    return true;
  });
}

function key(id) {
  return `order-${id}`;
}

function valid(order) {
  const { customer, amount, items = [] } = order ?? {};
  const isItem = (item) => isObject(item) && isText(item.sku, 64) && isWhole(item.quantity);
  const areItems = Array.isArray(items) && items.length <= 20 && items.every(isItem);
  if (!isText(customer, 200) || !isWhole(amount) || !areItems) return undefined;
  return { customer, amount, items: items.map(({ sku, quantity }) => ({ sku, quantity })) };
}

function permitted(record, ifMatch) {
  if (ifMatch === undefined) return true;
  const etags = ifMatch.split(",").map((etag) => etag.trim().replace(/^"|"$/g, ""));
  return record !== undefined && (etags.includes("*") || etags.includes(record.etag));
}

async function unlessOvertaken(write) {
  try {
    return await write();
  } catch (error) {
    if (error instanceof state.ConflictError) return OVERTAKEN;
    throw error;
  }
}
