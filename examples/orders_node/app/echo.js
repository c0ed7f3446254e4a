// `/echo/...` shows the request as it arrived: what service invocation keeps, and what it changes on the way.

/** Show method, raw path, raw query, every header as [name, value], and the body as text and in base64. */
export function echo({ method, rawHeaders }, path, query, body) {
  const headers = rawHeaders.flatMap((name, index) => (index % 2 ? [] : [[name, rawHeaders[index + 1]]]));
  const content = { method, path, query, headers, body: body.toString(), body_base64: body.toString("base64") };
  return { status: 200, content };
}
