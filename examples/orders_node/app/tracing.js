// The W3C trace context of the request being handled, carried on to every outgoing call (w3.org/TR/trace-context).
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";

const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const current = new AsyncLocalStorage();

/** Run `work` in the trace of an incoming request, or in a new one when it names none. */
export function run({ traceparent, tracestate }, work) {
  const context = VALID.test(traceparent ?? "")
    ? { traceparent, ...(tracestate && { tracestate }) }
    : { traceparent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01` };
  return current.run(context, work);
}

/** Give the headers that an outgoing call carries; none outside a request. */
export function outgoing() {
  return current.getStore() ?? {};
}

/** Give the trace id as 32 hexadecimal digits, or nothing outside a request. */
export function traceId() {
  return outgoing().traceparent?.slice(3, 35);
}
