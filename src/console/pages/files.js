// Photographs and scanned pages: sent with their progress, and saved. They are never shown inside a page.
import { csrfNow, key, Lost, Problem } from "./api.js";
import { make } from "./parts.js";

export const FILE_MAX = 8 * 1024 * 1024;

/** sizeSay(bytes): as people say it. */
export const sizeSay = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

function problemOf(status, text) {
  try {
    return new Problem(status, JSON.parse(text));
  } catch {
    return new Problem(status, {});
  }
}

/** sendFile(path, file, {progress(share), signal}): the answer's JSON. Throws Problem or Lost. A file that is too long is not sent at all. */
export async function sendFile(path, file, { progress, signal }) {
  if (file.size > FILE_MAX) throw new Problem(413, { code: "attachment-too-big" });
  const bytes = await file.arrayBuffer(); // a file that changes or goes while it is sent is known before
  const once = key();
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.timeout = 110000;
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-Postern-Csrf", csrfNow());
    request.setRequestHeader("X-Postern-Name", encodeURIComponent(file.name.toWellFormed()).slice(0, 4000).replace(/%.?$/, ""));
    request.setRequestHeader("Idempotency-Key", once);
    request.upload.onprogress = (event) => progress(event.loaded / Math.max(event.total, 1));
    request.onload = () => (request.status === 200 ? done(JSON.parse(request.responseText)) : failed(problemOf(request.status, request.responseText)));
    request.onerror = request.ontimeout = () => failed(new Lost("the line"));
    request.onabort = () => failed(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(bytes);
  });
}

/** saveFile(path, name, options): asked for with the session's token, then handed to the browser to be saved. */
export async function saveFile(path, name, { method = "GET", body } = {}) {
  const headers = { "X-Postern-Csrf": csrfNow(), ...(body ? { "Content-Type": "application/json" } : {}) };
  let answer;
  let bytes;
  try {
    answer = await fetch(path, { method, headers, body: body && JSON.stringify(body), credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(60000) });
    bytes = await answer.blob();
  } catch (error) {
    throw new Lost(String(error));
  }
  if (!answer.ok) throw problemOf(answer.status, await bytes.text());
  const address = URL.createObjectURL(bytes);
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}
