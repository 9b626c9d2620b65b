// The keyboard: everything that needs somebody can be reached without a mouse.

import { button, make } from "./dom.js";
import { forgetOperator, show } from "./dialogs.js";

const KEYS = [["/", "search"], ["j k", "next, previous in the list"], ["h l", "previous, next list"], ["Enter", "open what is chosen"],
  ["a", "acknowledge the chosen alarm, or the first that waits"], ["Esc", "back to the plant; close a question"], ["?", "this help"]];

function lists() {
  return [...document.querySelectorAll("[data-list]")].filter((list) => list.checkVisibility() && list.querySelector("[data-item]"));
}

function move(step) {
  const list = document.activeElement?.closest("[data-list]") ?? lists()[0];
  const items = [...(list?.querySelectorAll("[data-item]") ?? [])];
  const at = items.indexOf(document.activeElement?.closest("[data-item]"));
  items[Math.max(0, Math.min(items.length - 1, at + step))]?.focus();
}

function change(step) {
  const all = lists();
  const at = all.indexOf(document.activeElement?.closest("[data-list]"));
  all[Math.max(0, Math.min(all.length - 1, at + step))]?.querySelector("[data-item]")?.focus();
}

function search(event) {
  const input = document.querySelector("main input[type=search]");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
}

function escape(event) {
  event.preventDefault(); // or the browser empties the search
  if (document.activeElement?.matches("input, select")) document.activeElement.blur();
  else location.hash = "#/";
}

/** Show the keys. */
export function help() {
  const rows = KEYS.map(([keys, text]) => make("tr", {}, make("td", {}, ...keys.split(" ").map((key) => make("kbd", {}, key))), make("td", {}, text)));
  const dialog = make("dialog", { "aria-label": "Help and keys" }, make("h2", {}, "Keys"), make("table", {}, make("tbody", {}, ...rows)),
    make("p", {}, "A score of 3 is as rare as one healthy reading in 10³. Grey is well; a shape and a colour need somebody."),
    make("menu", {}, button("I am somebody else", forgetOperator), button("Close", () => dialog.close(), { class: "main" })));
  return show(dialog);
}

/** Listen; `page()` is the page that is shown now. */
export function startKeys(page) {
  const acts = { j: () => move(1), k: () => move(-1), h: () => change(-1), l: () => change(1), a: () => page()?.acknowledge(), "/": search, "?": help, Escape: escape };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (typing && event.key !== "Escape") return;
    acts[event.key]?.(event);
  });
}
