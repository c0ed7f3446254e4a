// Which request is answered by what. HEAD is answered as GET.
import { echo } from "./echo.js";
import * as events from "./events.js";
import * as health from "./health.js";
import * as orders from "./orders.js";

const ROUTES = [
  [/^\/orders$/, { GET: orders.list }],
  [/^\/orders\/([^/]+)$/, { GET: orders.show, PUT: orders.put, DELETE: orders.remove }],
  [/^\/dapr\/subscribe$/, { GET: () => ({ status: 200, content: events.subscriptions }) }],
  [/^\/events\/payments$/, { POST: events.onPayment }],
  [/^\/events\/shipments$/, { POST: events.onShipment }],
  [/^\/dead-letters\/(payments|shipments)$/, { POST: events.onDeadLetter }],
  [/^\/healthz$/, { GET: health.alive }],
  [/^\/readyz$/, { GET: health.ready }],
];

/** Give the answer to a request: `{status, content, headers}`. */
export async function route(request, body) {
  const [path, query] = split(request.url);
  if (path.startsWith("/echo/")) return echo(request, path, query, body);
  const [pattern, methods] = ROUTES.find(([form]) => form.test(path)) ?? [];
  if (!methods) return { status: 404, content: { detail: "there is nothing here" } };
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (!Object.hasOwn(methods, method)) {
    return { status: 405, content: { detail: "not this method" }, headers: { Allow: Object.keys(methods).join(", ") } };
  }
  const values = pattern.exec(path).slice(1).map(decoded);
  return methods[method]({ values, query: new URLSearchParams(query), body, headers: request.headers });
}

function split(url) {
  const mark = url.indexOf("?");
  return mark < 0 ? [url, ""] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** A segment of the path as the caller meant it; what cannot be decoded is no order's id. */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}
