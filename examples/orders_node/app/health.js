// Liveness is about this process alone; readiness is about what it needs to do its work.
import { call, expect } from "./sidecar.js";
import * as state from "./state.js";

/** Tell that the process is alive. It does not ask the sidecar: a restart of this app would not mend that. */
export function alive() {
  return { status: 200, content: { status: "alive" } };
}

/** Tell whether orders can be served now. Not by `/v1.0/healthz`: that one waits for this app. */
export async function ready() {
  expect(await call("GET", "/healthz/outbound"));
  await state.get("readiness");
  return { status: 200, content: { status: "ready" } };
}
