// The HTTP server. Nothing here waits for the sidecar: it starts when this app's port is open.
import { once } from "node:events";
import http from "node:http";

import { log } from "./log.js";
import { route } from "./routes.js";
import { SidecarError } from "./sidecar.js";
import * as tracing from "./tracing.js";

const PORT = Number(process.env.APP_PORT ?? 3000);

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answer 503 where Dapr did not do its part, so neither did this app; 500 is a defect of its own. */
function problem(error) {
  log("error", error instanceof SidecarError ? error.message : error.stack);
  if (!(error instanceof SidecarError)) return { status: 500, content: { detail: "internal error" } };
  return { status: 503, content: { detail: "the sidecar failed; nothing is certain, try again" } };
}

async function answer(request, response) {
  const body = await read(request);
  const { status, content, headers } = await route(request, body).catch(problem);
  const text = content === undefined ? "" : JSON.stringify(content);
  const type = text && { "Content-Type": "application/json" };
  const length = status !== 204 && { "Content-Length": Buffer.byteLength(text) };
  response.shouldKeepAlive &&= server.listening; // a server that stops takes no more requests
  response.writeHead(status, { ...type, ...length, ...headers }).end(text); // Node.js sends HEAD no body
  log("info", `${request.method} ${request.url} ${status}`);
}

const server = http.createServer((request, response) => {
  tracing.run(request.headers, () => answer(request, response)).catch(() => response.destroy()); // the caller left
});
server.keepAliveTimeout = 75_000; // outlasts the sidecar's pauses between deliveries
server.listen(PORT, "127.0.0.1");
await once(server, "listening");
log("info", `listening on ${PORT}`);

process.once("SIGTERM", () => {
  server.close(); // what is being answered is answered; then nothing keeps the process alive
  server.closeIdleConnections();
});
