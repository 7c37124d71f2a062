// Small parts every page is built from. Text goes in as text, never as markup.

/** make(tag, attributes, ...children): an element; a null attribute or child is left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** name(text): a name in its own direction, so that a right-to-left one does not turn its neighbours round. */
export function name(text) {
  return make("bdi", {}, text);
}

export function icon(id, size = 24) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${id}`);
  svg.append(use);
  return svg;
}

export function kbd(text) {
  return make("kbd", { "aria-hidden": "true" }, text);
}

/** act(words, key, options): a button with its key on it. */
export function act(words, keyName, { main = false, run, id, kind } = {}) {
  return make("button", { type: "button", class: main ? "act main" : "act", id, "data-kind": kind, "aria-keyshortcuts": keyName, onclick: run },
    make("span", {}, words), keyName ? kbd(keyName === "Escape" ? "Esc" : keyName) : null);
}

export function $(id) {
  return document.getElementById(id);
}
