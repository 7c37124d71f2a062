// The way to the post's server: JSON both ways, the CSRF header on every request, and two kinds of failure that the
// page treats differently: a Problem (the server answered no, and says why) and Lost (nobody answered). Where a password is not
// enough, the browser asks for the security key, and the same request goes again with what the key signed.
export class Problem extends Error {
  constructor(status, body) {
    super(body.title ?? String(status));
    this.body = body;
    this.status = status;
    this.code = body.code ?? "internal";
    this.detail = body.detail ?? "";
  }
}

export class Lost extends Error {}

let csrf = "";

export function useCsrf(value) {
  csrf = value ?? "";
}

/** csrfNow(): for who sends something else than JSON. */
export const csrfNow = () => csrf;

/** key(): a new idempotency key: sent again with the same body, the server answers again and records nothing twice. */
export function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** call(method, path, body, options): the answer's JSON (null when empty). Throws Problem or Lost. */
export async function call(method, path, body, options = {}) {
  try {
    return await send(method, path, body, options);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "needs-key") throw error;
    const touched = await (await import("./touch.js")).touch(error.body);
    if (!touched) throw error;
    return send(method, path, body, options, touched);
  }
}

async function send(method, path, body, { idempotency, timeout_ms = 8000, signal }, touched = "") {
  const headers = { Accept: "application/json" };
  if (touched) headers["Postern-Key"] = touched;
  if (csrf) headers["X-Postern-Csrf"] = csrf;
  if (idempotency) headers["Idempotency-Key"] = idempotency;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const limits = [AbortSignal.timeout(timeout_ms)];
  if (signal) limits.push(signal);
  let answer;
  let text;
  try {
    answer = await fetch(path, {
      method, headers, credentials: "same-origin", cache: "no-store", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.any(limits),
    });
    text = await answer.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Lost(String(error));
  }
  let json = null;
  try {
    json = text === "" ? null : JSON.parse(text);
  } catch {
    throw new Problem(answer.status, { code: "internal", title: "answer is not JSON" });
  }
  if (json?.code === "locked" || json?.locked) location.reload(); // the page in its place says so, and goes on by itself
  if (!answer.ok) throw new Problem(answer.status, json ?? {});
  return json;
}
