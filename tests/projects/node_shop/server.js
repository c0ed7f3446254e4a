// A shop on Dapr in plain Node.js, without any package and without a conformance manifest.
"use strict";

// `dapr run` says what the run file's appProtocol is; h2c is HTTP/2 without TLS.
const http = process.env.APP_PROTOCOL === "h2c" ? require("node:http2") : require("node:http");
const sidecar = require("./sidecar.js");
const events = require("./events.js");

const PORT = Number(process.env.APP_PORT || 3000);
const PRODUCTS = { tea: 350, coffee: 700, cocoa: 520 }; // prices in cents

const routes = {
  "/healthz": { GET: async () => [200, { status: "alive" }] },
  "/products": { GET: async () => [200, Object.entries(PRODUCTS).map(([sku, price]) => ({ sku, price }))] },
  "/quotes": { POST: quote },
  "/dapr/subscribe": { GET: async () => [200, events.subscriptions] },
  "/events/orders": { POST: events.handler("orders", (data) => isText(data.orderId) && isCount(data.quantity)) },
  "/events/stock": { POST: events.handler("stock", (data) => isText(data.sku) && isCount(data.left)) },
  "/dead/orders": { POST: events.deadLetterHandler("orders") },
  "/dead/stock": { POST: events.deadLetterHandler("stock") },
};

function isText(value) {
  return typeof value === "string" && value.length > 0;
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

async function quote({ body }) {
  const wanted = sidecar.parse(body);
  if (!wanted || !Object.hasOwn(PRODUCTS, wanted.sku) || !isCount(wanted.quantity)) {
    return [422, { error: "send {sku, quantity} of a product that there is" }];
  }
  return [200, { sku: wanted.sku, total: PRODUCTS[wanted.sku] * wanted.quantity }];
}

async function route(request, body) {
  const path = request.url.split("?")[0];
  const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!methods) return [404, { error: "there is nothing here" }];
  const method = request.method === "HEAD" ? "GET" : request.method; // HEAD is GET without the body
  if (!Object.hasOwn(methods, method)) {
    return [405, { error: "not this method" }, { Allow: Object.keys(methods).join() }];
  }
  return methods[method]({ body, trace: sidecar.traceOf(request.headers) });
}

async function answer(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [status, content, headers] = await route(request, Buffer.concat(chunks));
  const text = JSON.stringify(content);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": length, ...headers });
  response.end(text); // Node.js itself leaves out the body of an answer to HEAD
}

let pending = 0;
let stopping = false;

// Ends the process once nobody waits for an answer. server.close() alone would wait for connections kept alive.
function endWhenDone() {
  if (stopping && pending === 0) process.exit(0);
}

const server = http.createServer((request, response) => {
  pending += 1;
  response.on("close", () => {
    pending -= 1;
    endWhenDone();
  });
  answer(request, response).catch((error) => {
    console.error(JSON.stringify({ level: "error", message: error.message }));
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});
server.keepAliveTimeout = 75_000; // outlasts the sidecar's pauses between deliveries
server.listen(PORT, "127.0.0.1", () => console.log(JSON.stringify({ level: "info", message: `listening on ${PORT}` })));

process.on("SIGTERM", () => {
  stopping = true;
  server.close();
  endWhenDone();
});
