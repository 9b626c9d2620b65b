// Elements without HTML strings: whatever comes from outside is text.

/** Build an element: attributes, `on…` listeners, `class`, then children (text or nodes). */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "style") Object.entries(value).forEach(([key, to]) => node.style.setProperty(key, to));
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** Write text only where it changed, so that readers of the screen are not woken for nothing. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A section with a heading; `body` is what the owner fills. */
export function panel(title, attributes = {}) {
  const body = make("div", { class: "body" });
  const tools = make("div", { class: "tools" });
  const heading = make("h2", {}, title);
  const node = make("section", { "aria-label": title, ...attributes }, make("header", {}, heading, tools), body);
  return { node, body, tools, heading };
}

/** A line for where there is nothing to show. */
export function nothing(text) {
  return make("p", { class: "nothing" }, text);
}

/** A button that does one thing. */
export function button(text, act, attributes = {}) {
  return make("button", { type: "button", onclick: act, ...attributes }, text);
}

/** Say something once, for a few seconds. */
export function toast(text) {
  const place = document.getElementById("toast");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("shown"), 6000);
}
