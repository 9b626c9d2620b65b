// Colours of the drawings, read from the style sheet, so that both themes have one source.

const KEY = "matts-theme";
const NAMES = ["ink", "quiet", "line", "card", "band", "warn", "bad", "tone-1", "tone-2", "tone-3", "tone-4", "tone-5"];
const listeners = new Set();

/** What the drawings are drawn in; filled from CSS. */
export const colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  NAMES.forEach((name) => { colours[name] = style.getPropertyValue(`--${name}`).trim(); });
  listeners.forEach((listen) => listen());
}

/** Call when the theme changes; what it returns stops it. */
export function onTheme(listen) {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

const dark = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  return localStorage.getItem(KEY) ?? (dark.matches ? "dark" : "light");
}

function apply(button) {
  document.documentElement.dataset.theme = theme();
  const other = theme() === "dark" ? "light" : "dark";
  button.textContent = theme() === "dark" ? "☀" : "☾";
  button.title = `Switch to ${other} colours`;
  button.setAttribute("aria-label", button.title);
  readColours();
}

/** Follow the system until the reader switches. */
export function startTheme(button) {
  button.addEventListener("click", () => {
    localStorage.setItem(KEY, theme() === "dark" ? "light" : "dark");
    apply(button);
  });
  dark.addEventListener("change", () => apply(button));
  apply(button);
}

/** The line of each detector: the deployed one in ink, the others by tone and dash, never by tone alone. */
export function lineOf(index, deployed) {
  if (deployed) return { tone: "ink", width: 2, dash: [] };
  const tones = ["tone-1", "tone-2", "tone-3", "tone-4", "tone-5"];
  const dashes = [[6, 3], [2, 2], [8, 2, 2, 2], [4, 4], [1, 3]];
  return { tone: tones[index % tones.length], width: 1, dash: dashes[index % dashes.length] };
}
