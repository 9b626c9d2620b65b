// Questions to the reader: the name once, the token when refused, a text, a choice.

import { button, make } from "./dom.js";

const NAME = "matts-operator";

/** Ask for some fields; null where the reader thinks better of it. `must`: it cannot be cancelled. */
export function askFor(title, fields, { must = false, done = "OK", text = "" } = {}) {
  const inputs = fields.map(field);
  const form = make("form", { method: "dialog" },
    make("h2", {}, title),
    text ? make("p", {}, text) : null,
    ...inputs.map(({ label }) => label),
    make("menu", {}, must ? null : button("Cancel", () => dialog.close("")), make("button", { value: "ok", class: "main" }, done)));
  const dialog = make("dialog", { "aria-label": title }, form);
  return show(dialog, must).then((value) =>
    value === "ok" ? Object.fromEntries(inputs.map(({ name, input }) => [name, input.value.trim()])) : null);
}

function field({ name, label, type = "text", choices = null, value = "", required = false }) {
  const input = choices
    ? make("select", { name }, ...choices.map(([key, text]) => make("option", { value: key, selected: key === value }, text)))
    : make("input", { name, type, value, required, maxlength: 2000, autocomplete: "off" });
  return { name, input, label: make("label", {}, label, input) };
}

/** Show a dialog until it closes; its value. */
export function show(dialog, must = false) {
  document.body.append(dialog);
  if (must) dialog.addEventListener("cancel", (event) => event.preventDefault());
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue); });
    dialog.showModal();
  });
}

/** Who acts: asked once, kept in this browser. */
export async function operator() {
  const known = localStorage.getItem(NAME);
  if (known) return known;
  const answer = await askFor("Who are you?", [
    { name: "who", label: "Your name, as the audit trail is to show it", required: true }]);
  if (answer?.who) localStorage.setItem(NAME, answer.who);
  return answer?.who || null;
}

/** Forget who acts, so that the next action asks. */
export function forgetOperator() {
  localStorage.removeItem(NAME);
}

/** Ask for the token of the service. */
export async function askForToken() {
  const answer = await askFor("This service asks for a token",
    [{ name: "token", label: "Token", type: "password", required: true }], { must: true, done: "Enter" });
  return answer.token;
}
