// Security keys: asked for a touch, and a new one made. Loaded when one is wanted. What is signed and who judges it: docs/format/staff.md.
import { make } from "./parts.js";
import { t } from "./words.js";

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
const chance = (length) => crypto.getRandomValues(new Uint8Array(length));

/** waiting(say, work): what is wanted stands on the page, above an open dialog too, until it is there. */
async function waiting(say, work) {
  const note = make("p", { class: "touch", role: "status" });
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(note);
  note.textContent = say;
  try {
    return await work();
  } catch {
    return null; // nobody touched it, or it is none of theirs
  } finally {
    note.remove();
  }
}

/** canTouch(): can this browser ask for a key at this address? */
export const canTouch = () => Boolean(window.isSecureContext && window.PublicKeyCredential && navigator.credentials);

/** touch({user, challenge, keys}): what the header Postern-Key says, or null. */
export async function touch({ user, challenge, keys }) {
  if (!canTouch()) return null;
  const made = await waiting(t("key.touch", { user }), () => navigator.credentials.get({ publicKey: {
    challenge: bytes(challenge), allowCredentials: keys.map((id) => ({ type: "public-key", id: bytes(id) })), userVerification: "discouraged", timeout: 60_000,
  } }));
  return made && [made.rawId, made.response.clientDataJSON, made.response.authenticatorData, made.response.signature].map(text).join(".");
}

/** makeKey(user): a new key for pages of this name, as a staff list has it; or null. ES256 alone: the last 64 bytes of its public key are the point. */
export async function makeKey(user) {
  const made = await waiting(t("key.touch", { user }), () => navigator.credentials.create({ publicKey: {
    challenge: chance(32), rp: { name: "Postern" }, user: { id: chance(16), name: user, displayName: user }, pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    attestation: "none", authenticatorSelection: { residentKey: "discouraged", userVerification: "discouraged" }, timeout: 60_000,
  } }));
  const key = made?.response.getPublicKey();
  return key ? `es256.${text(made.rawId)}.${text(key.slice(-64))}` : null;
}
