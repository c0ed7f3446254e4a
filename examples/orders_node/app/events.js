// Events: SUCCESS after the work is stored, DROP for what no attempt can ever process, RETRY for what a later one may.
import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";

import { log } from "./log.js";
import * as orders from "./orders.js";
import { SidecarError } from "./sidecar.js";
import * as state from "./state.js";
import { isId, isObject, isText, isWhole, parse } from "./values.js";

/** What GET /dapr/subscribe tells Dapr. */
export const subscriptions = ["payments", "shipments"].flatMap((topic) => [
  { pubsubname: "pubsub", topic, route: `/events/${topic}`, deadLetterTopic: `${topic}.dead` },
  { pubsubname: "pubsub", topic: `${topic}.dead`, route: `/dead-letters/${topic}` },
]);

/** Record a payment in its order. */
export function onPayment({ body }) {
  const entryOf = ({ paymentId: id, amount }) => isText(id, 128) && isWhole(amount) && { id, amount };
  return record("payments", entryOf, body);
}

/** Record a shipment in its order. */
export function onShipment({ body }) {
  const entryOf = ({ shipmentId: id, carrier }) => isText(id, 128) && isText(carrier, 128) && { id, carrier };
  return record("shipments", entryOf, body);
}

/** Keep an event that could not be processed, as it came, for a person to look at. */
export function onDeadLetter({ values: [topic], body }) {
  const key = `dead-${topic}-${createHash("sha256").update(body).digest("hex")}`;
  const envelope = isUtf8(body) ? { envelope: body.toString() } : { envelope_base64: body.toString("base64") };
  return answered(`${topic}.dead`, () =>
    state.retryConflicts(async () => {
      if (!(await state.get(key))) await state.save(key, { topic, ...envelope });
      return "SUCCESS";
    }),
  );
}

function record(field, entryOf, body) {
  return answered(field, async () => {
    const event = parse(body);
    const data = event && dataOf(event);
    const entry = isObject(data) && isId(data.orderId) && entryOf(data);
    if (!entry) return "DROP";
    const known = await orders.change(data.orderId, withEntry(field, { ...entry, event: identity(event) }));
    return known ? "SUCCESS" : "RETRY"; // the event came before its order
  });
}

async function answered(topic, work) {
  const status = await work().catch((error) => {
    if (!(error instanceof SidecarError)) throw error;
    log("warning", `${topic} event is not stored: ${error.message}`);
    return "RETRY";
  });
  return { status: 200, content: { status } };
}

/** The data of a CloudEvent; raw payloads arrive as base64 of JSON. */
function dataOf({ data, data_base64: encoded }) {
  if (data !== undefined && data !== null) return data;
  return typeof encoded === "string" ? parse(Buffer.from(encoded, "base64")) : undefined;
}

/** What tells an event from every other: source and id together; nothing for an event without id. */
function identity({ source, id }) {
  return typeof id === "string" && id ? `${source} ${id}` : null;
}

/** Add an entry, unless it or its event is there already: Dapr delivers at least once. */
function withEntry(field, added) {
  const same = ({ id, event }) => id === added.id || (event !== null && event === added.event);
  return (order) => (order[field].some(same) ? undefined : { ...order, [field]: [...order[field], added] });
}
