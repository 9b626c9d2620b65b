// Blame of each sensor over time, as a picture with the names beside it.

import { make } from "./dom.js";
import { percent, time } from "./format.js";

const ROW = 16; // pixels

/** `heatmap`: times, sensors, shares [sensor][time]; null where there is nothing. */
export function heatMap(heatmap) {
  if (!heatmap?.times?.length || !heatmap.sensors.length) return null;
  const rows = worstRows(heatmap).slice(0, 12);
  const canvas = make("canvas", { width: heatmap.times.length, height: rows.length, role: "img", "aria-label": describe(rows, heatmap) });
  canvas.style.height = `${rows.length * ROW}px`;
  canvas.title = "";
  paint(canvas, rows);
  canvas.addEventListener("pointermove", (event) => { canvas.title = under(event, canvas, rows, heatmap.times); });
  return make("div", { class: "heat" },
    make("ol", { "aria-hidden": "true" }, ...rows.map(({ name }) => make("li", { title: name }, name))),
    make("div", {}, canvas, make("p", { class: "ends" }, make("span", {}, time(heatmap.times[0])), make("span", {}, time(heatmap.times.at(-1))))));
}

function worstRows({ sensors, shares }) {
  return sensors.map((name, at) => ({ name, shares: shares[at], most: Math.max(...shares[at].map((share) => share ?? 0)) }))
    .sort((one, other) => other.most - one.most);
}

function describe(rows, { times }) {
  return `blame of ${rows.length} sensors over ${times.length} readings; most: ${rows.slice(0, 3).map(({ name, most }) => `${name} ${percent(most)}`).join(", ")}`;
}

function paint(canvas, rows) {
  const context = canvas.getContext("2d");
  const most = Math.max(...rows.map((row) => row.most), 1e-9);
  rows.forEach(({ shares }, y) => shares.forEach((share, x) => {
    context.fillStyle = tone((share ?? 0) / most);
    context.fillRect(x, y, 1, 1);
  }));
}

/** From pale blue-grey to dark blue by lightness alone, so that it survives colour-blindness. */
function tone(share) {
  const lightness = document.documentElement.dataset.theme === "dark" ? 22 + 62 * share : 94 - 66 * share;
  return `hsl(211 ${20 + 55 * share}% ${lightness}%)`;
}

function under({ offsetX, offsetY }, canvas, rows, times) {
  const row = rows[Math.min(rows.length - 1, Math.floor(offsetY / ROW))];
  const at = Math.min(times.length - 1, Math.max(0, Math.floor((offsetX / canvas.clientWidth) * times.length)));
  return `${row.name}, ${time(times[at])}: ${percent(row.shares[at] ?? 0)}`;
}
