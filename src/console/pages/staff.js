// Two people on the spot let the staff list of a post or a centre run longer, or one vouches for another who has no security key there, each by
// their own password; and a new key is made. Nobody need be signed in: this page is for the night in which the list ran out.
import { call, Problem } from "./api.js";
import { problemSay } from "./dialogs.js";
import { $, make } from "./parts.js";
import { canTouch, makeKey } from "./touch.js";
import { choose, fill, ownWords, span, t } from "./words.js";

await ownWords("staff");

const PAGES = [["/lane", "lane"], ["/shift", "shift"]]; // of a post; a centre has one way in
let pages = [];

function words() {
  fill();
  document.title = `${t("staff")} · Postern`;
  $("pages").replaceChildren(...pages.map(([path, key]) => make("a", { href: path }, t(key))));
}

/** two(id, path, [first, second], who, done): a form of two people, each with their own password; who is what it says when they are not the right two. */
function two(id, path, [first, second], who, done) {
  const form = $(id);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    $(`${id}-wrong`).textContent = $(`${id}-said`).textContent = "";
    const { user, password, other, other_password: otherPassword } = Object.fromEntries(new FormData(form));
    try {
      const answer = await call("POST", path, { [first]: { user: user.trim(), password }, [second]: { user: other.trim(), password: otherPassword } });
      form.reset();
      $(`${id}-said`).textContent = done(answer);
    } catch (error) {
      $(`${id}-wrong`).textContent = error instanceof Problem && error.code === "needs-supervisor" ? t(who) : error instanceof Problem ? problemSay(error) : t("error.not-recorded");
      form.elements.password.select();
    }
  });
}

two("longer", "/v1/staff/extension", ["supervisor", "second"], "staff.who", (list) => t("staff.done", { left: span(list.left_s) }));
two("vouch", "/v1/staff/vouching", ["by", "second"], "vouch.who", ({ user }) => t("vouch.done", { user }));

$("keys").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("keys-made").hidden = true;
  $("keys-wrong").textContent = $("keys-said").textContent = "";
  const user = $("keys-user").value.trim();
  if (!user) return $("keys-user").focus();
  if (!canTouch()) return void ($("keys-wrong").textContent = t("keys.cannot"));
  const key = await makeKey(user);
  if (!key) return void ($("keys-wrong").textContent = t("keys.failed"));
  $("keys-text").value = key;
  $("keys-made").hidden = false;
  $("keys-text").select();
});
$("keys-copy").addEventListener("click", async () => {
  $("keys-text").select();
  await navigator.clipboard.writeText($("keys-text").value).then(() => { $("keys-said").textContent = t("keys.copied"); }, () => {});
});
for (const button of document.querySelectorAll("button[data-language]"))
  button.addEventListener("click", async () => { await choose(button.dataset.language); words(); });
words();
$("first-user").focus();
try {
  const { post, centre } = await call("GET", "/healthz");
  $("post-name").textContent = post?.name ?? centre;
  pages = post ? PAGES : [["/centre", "ask"]];
  words();
} catch { /* its name is not what the page is for */ }
