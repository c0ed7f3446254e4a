// One way to the sidecar: short time limits, the caller's trace, and no failure passed over in silence.
import * as tracing from "./tracing.js";

const BASE = `http://127.0.0.1:${process.env.DAPR_HTTP_PORT ?? 3500}/v1.0`;
const TOKEN = process.env.DAPR_API_TOKEN && { "dapr-api-token": process.env.DAPR_API_TOKEN };
const TIMEOUT_MS = 3000;

/** The sidecar did not do what was asked: it is away, too slow, or answered with an error. */
export class SidecarError extends Error {}

/** Send one request and give `{status, text, etag}`, whatever the status; throws SidecarError without an answer. */
export async function call(method, path, value, headers) {
  const json = value !== undefined && { "Content-Type": "application/json" };
  try {
    const response = await fetch(BASE + path, {
      method,
      headers: { ...tracing.outgoing(), ...TOKEN, ...json, ...headers },
      body: value === undefined ? undefined : JSON.stringify(value),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text(), etag: response.headers.get("etag") };
  } catch (error) {
    throw new SidecarError(`no answer from the sidecar: ${error.cause?.code ?? error.name}`);
  }
}

/** Give the answer back when its status is 2xx, else throw SidecarError. */
export function expect(answer) {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new SidecarError(`the sidecar answered ${answer.status}: ${answer.text.slice(0, 200)}`);
}

/** Publish a value as JSON. Throws SidecarError when the broker has not taken it. */
export async function publish(topic, value) {
  expect(await call("POST", `/publish/pubsub/${topic}`, value));
}
