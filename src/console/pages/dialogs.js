// Dialogs: opened with what to do on submit; they show what went wrong and keep what was typed.
import { Problem } from "./api.js";
import { $, make } from "./parts.js";
import { has, span, t } from "./words.js";

const open = new Map();

/** problemSay(error): what went wrong and what to do next, in the chosen language. */
export function problemSay(error) {
  if (error instanceof Problem) {
    if (has(`error.${error.code}`)) return t(`error.${error.code}`);
    return t("error.other", { code: error.code });
  }
  return t("error.other", { code: error?.name ?? "unknown" });
}

/** sayProblem(where, error): the same, and the way to the page that helps where there is one. */
export function sayProblem(where, error) {
  where.replaceChildren(problemSay(error));
  if (error instanceof Problem && error.code === "staff-over") where.append(" ", make("a", { href: "/staff" }, t("staff.longer")));
}

/** staffAlarm(staff): what is loudly wrong with a staff list, and the way to let it run longer; empty when nothing is. */
export function staffAlarm({ list, lost, left_s: left, ends, may_extend: due }) {
  const alarm = lost ? t("staff.lost") : !list || !ends ? "" : left < 0 ? t("staff.over") : t("staff.ends", { left: span(left) });
  return [alarm, ...(alarm && due && !lost ? [" ", make("a", { href: "/staff" }, t("staff.longer"))] : [])];
}

/** bindDialog(id, after): wire a dialog's form and its closing buttons once; after runs when it has closed. */
export function bindDialog(id, after) {
  const dialog = $(id);
  const form = dialog.querySelector("form");
  for (const button of dialog.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("cancel", (event) => { if (open.get(id)?.hold) event.preventDefault(); });
  dialog.addEventListener("close", () => {
    open.delete(id);
    form?.reset();
    after();
  });
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(dialog, form);
  });
  for (const area of form.querySelectorAll("textarea"))
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || (id === "override" && !event.shiftKey))) {
        event.preventDefault();
        event.stopPropagation(); // the dialog may be closed before the page below hears it
        form.requestSubmit();
      }
    });
}

async function submit(dialog, form) {
  const options = open.get(dialog.id);
  const wrong = form.querySelector(".wrong");
  const button = form.querySelector(".act.main");
  if (!options || button.getAttribute("aria-disabled") === "true") return;
  wrong.textContent = "";
  button.setAttribute("aria-disabled", "true");
  try {
    await options.submit(Object.fromEntries(new FormData(form)));
    dialog.close();
  } catch (error) {
    wrong.textContent = problemSay(error);
    const secret = form.querySelector("input[type=password]");
    if (secret && !secret.closest("[hidden]")) secret.select();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** openDialog(id, {submit(values), hold, user}): hold keeps it open until submit succeeds; user is filled in. */
export function openDialog(id, options) {
  const dialog = $(id);
  if (dialog.open) return;
  open.set(id, options);
  const wrong = dialog.querySelector(".wrong");
  if (wrong) wrong.textContent = "";
  dialog.showModal();
  const first = dialog.querySelector("input, textarea, select, button");
  if (options.user && first) {
    first.value = options.user;
    dialog.querySelector("input[type=password]")?.focus();
  } else first?.focus();
}
