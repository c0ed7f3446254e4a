// Dapr's HTTP API: state with keep-alive, a time limit and the caller's trace context.
"use strict";

const http = require("node:http");

const PORT = Number(process.env.DAPR_HTTP_PORT || 3500);
const STORE = "/v1.0/state/statestore";
const TIMEOUT = 3000; // milliseconds
const agent = new http.Agent({ keepAlive: true });

/** Parse a JSON object; anything else gives undefined. */
function parse(bytes) {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The trace context that outgoing calls carry on (w3.org/TR/trace-context). */
function traceOf({ traceparent, tracestate }) {
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

function call(method, path, headers, value) {
  return new Promise((resolve, reject) => {
    const body = value === undefined ? undefined : JSON.stringify(value);
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const json = length > 0 && { "Content-Type": "application/json", "Content-Length": length };
    const options = { agent, host: "127.0.0.1", port: PORT, method, path, headers: { ...headers, ...json } };
    const request = http.request({ ...options, signal: AbortSignal.timeout(TIMEOUT) }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode)).resume();
    });
    request.on("error", reject).end(body);
  });
}

/** Store a value unless its key is there already. Throws when that is not certain. */
async function storeOnce(key, value, trace) {
  const found = await call("GET", `${STORE}/${encodeURIComponent(key)}`, trace);
  if (found === 200) return;
  if (found !== 204) throw new Error(`reading state answered ${found}`);
  const saved = await call("POST", STORE, trace, [{ key, value, options: { concurrency: "first-write" } }]);
  if (saved !== 204 && saved !== 409) throw new Error(`saving state answered ${saved}`); // 409: a twin was faster
}

module.exports = { parse, traceOf, storeOnce };
