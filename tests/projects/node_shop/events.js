// Deliveries: SUCCESS once the event is stored, DROP when it can never be, RETRY when it may be later.
"use strict";

const { createHash } = require("node:crypto");
const sidecar = require("./sidecar.js");

const subscriptions = ["orders", "stock"].flatMap((topic) => [
  { pubsubname: "pubsub", topic, route: `/events/${topic}`, deadLetterTopic: `${topic}.dead` },
  { pubsubname: "pubsub", topic: `${topic}.dead`, route: `/dead/${topic}` },
]);

function digest(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The data of a CloudEvent, be it JSON or base64 of JSON. */
function dataOf(event) {
  if (event.data !== undefined && event.data !== null) return event.data;
  return typeof event.data_base64 === "string" ? sidecar.parse(Buffer.from(event.data_base64, "base64")) : undefined;
}

async function store(key, value, trace) {
  try {
    await sidecar.storeOnce(key, value, trace);
    return [200, { status: "SUCCESS" }];
  } catch (error) {
    console.error(JSON.stringify({ level: "warning", message: error.message, key }));
    return [200, { status: "RETRY" }];
  }
}

/** Store each valid event once: Dapr delivers at least once, and source with id tells events apart. */
function handler(topic, isValid) {
  return async ({ body, trace }) => {
    const event = sidecar.parse(body);
    const data = event && dataOf(event);
    if (data === null || typeof data !== "object" || !isValid(data)) return [200, { status: "DROP" }];
    const identity = typeof event.id === "string" ? JSON.stringify([event.source, event.id]) : body;
    return store(`${topic}-${digest(identity)}`, data, trace);
  };
}

/** Keep a dead letter as it came, for a person to look at. */
function deadLetterHandler(topic) {
  return ({ body, trace }) => store(`dead-${topic}-${digest(body)}`, body.toString(), trace);
}

module.exports = { subscriptions, handler, deadLetterHandler };
