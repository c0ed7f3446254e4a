// One JSON object per line on standard output, with the trace id of the request it belongs to.
import { traceId } from "./tracing.js";

export function log(level, message) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, trace_id: traceId() }));
}
