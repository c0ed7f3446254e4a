// Dapr state. Every write is first-write-wins, so that nobody overwrites what they have not read.
import { setTimeout as sleep } from "node:timers/promises";

import { call, expect, SidecarError } from "./sidecar.js";

const STORE = "/state/statestore";
const ATTEMPTS = 16;

/** Someone else wrote the record since it was read. */
export class ConflictError extends Error {}

/** Give `{value, etag}`, or nothing when there is no record. */
export async function get(key) {
  const { status, text, etag } = expect(await call("GET", path(key)));
  return status === 204 ? undefined : { value: JSON.parse(text), etag };
}

/** Give the values of those of the keys that are there, in a Map. Dapr answers them in any order. */
export async function getAll(keys) {
  const entries = JSON.parse(expect(await call("POST", `${STORE}/bulk`, { keys })).text);
  const answered = new Set(entries.filter((entry) => !entry.error).map((entry) => entry.key));
  if (!keys.every((key) => answered.has(key))) throw new SidecarError("not every record could be read");
  return new Map(entries.filter((entry) => "data" in entry).map((entry) => [entry.key, entry.data]));
}

/** Replace the version that has this ETag; without one, create the record. Throws ConflictError. */
export async function save(key, value, etag) {
  checked(await call("POST", STORE, [{ key, value, etag, options: { concurrency: "first-write" } }]));
}

/** Delete the version that has this ETag. Throws ConflictError. */
export async function remove(key, etag) {
  checked(await call("DELETE", `${path(key)}?concurrency=first-write`, undefined, { "If-Match": etag }));
}

/** Run a read-change-write again from its read when someone else was faster. */
export async function retryConflicts(operation) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      // Exponential backoff with full jitter: the losers of one round must not meet again in the next.
      await sleep(Math.random() * Math.min(10 * 2 ** attempt, 250));
    }
  }
  throw new SidecarError(`the record changed under each of ${ATTEMPTS} attempts`);
}

function path(key) {
  return `${STORE}/${encodeURIComponent(key)}`;
}

function checked(answer) {
  if (answer.status === 409) throw new ConflictError();
  expect(answer);
}
