// Two people on the spot let the staff list of a post or a centre run longer, each by their own password. Nobody need be signed in: this page is for
// the night in which the list ran out.
import { call, Problem } from "./api.js";
import { problemSay } from "./dialogs.js";
import { $, make } from "./parts.js";
import { choose, fill, span, t } from "./words.js";

const PAGES = [["/lane", "lane"], ["/shift", "shift"]]; // of a post; a centre has one way in
let pages = [];

function words() {
  fill();
  document.title = `${t("staff")} · Postern`;
  $("pages").replaceChildren(...pages.map(([path, key]) => make("a", { href: path }, t(key))));
}

$("longer").addEventListener("submit", async (event) => {
  const form = $("longer");
  event.preventDefault();
  $("longer-wrong").textContent = $("longer-said").textContent = "";
  const { user, password, other, other_password: otherPassword } = Object.fromEntries(new FormData(form));
  try {
    const list = await call("POST", "/v1/staff/extension", { supervisor: { user: user.trim(), password }, second: { user: other.trim(), password: otherPassword } });
    form.reset();
    $("longer-said").textContent = t("staff.done", { left: span(list.left_s) });
  } catch (error) {
    $("longer-wrong").textContent = error instanceof Problem && error.code === "needs-supervisor" ? t("staff.who") : error instanceof Problem ? problemSay(error) : t("error.not-recorded");
    $("first-password").select();
  }
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
