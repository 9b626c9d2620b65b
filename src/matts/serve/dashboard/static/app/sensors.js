// Live sensors as small multiples, by part of the machine, the most blamed first.

import { sensorChart } from "./charts.js";
import { onTheme } from "./colours.js";
import { make, nothing, panel, write } from "./dom.js";
import { number, part, percent, words } from "./format.js";

/** The sensors of an asset; `sensors`: name, low, high, median, component, group. */
export function sensorPanel(sensors) {
  const { node, body, tools } = panel("Sensors", { class: "sensors" });
  const cells = sensors.map(makeCell);
  const groups = groupsOf(cells);
  const search = make("input", { type: "search", placeholder: "Filter", "aria-label": "Filter sensors", oninput: () => filter(groups, search.value) });
  tools.append(make("span", { class: "legend", "aria-hidden": "true" }, make("i", { class: "came" }), " came ", make("i", { class: "foreseen" }), " expected ", make("i", { class: "normal" }), " normal"), search);
  body.append(...(groups.length ? groups.map((group) => group.node) : [nothing("This asset has no sensor.")]));
  const stop = onTheme(() => cells.forEach((cell) => cell.chart?.plot.redraw()));
  return {
    node,
    show: (series) => {
      const grades = new Map(series.last("graded") ?? []);
      cells.forEach((cell) => fillCell(cell, series, grades.get(cell.sensor.name)));
    },
    blame: (shares) => blame(body, groups, shares),
    close: () => { stop(); cells.forEach((cell) => cell.chart?.close()); },
  };
}

function makeCell(sensor) {
  const [value, note, share] = [make("span", { class: "value" }), make("span", { class: "note" }), make("span", { class: "share" })];
  const place = make("div", { class: "plot", role: "img", "aria-label": `${sensor.name} over time` });
  const node = make("figure", { class: "sensor" }, make("figcaption", {}, make("span", { class: "name", title: sensor.name }, sensor.name), value, make("span", { class: "says" }, share, note)), place);
  return { sensor, node, place, value, note, share, blamed: 0, chart: null };
}

function groupsOf(cells) {
  const byName = Map.groupBy
    ? Map.groupBy(cells, groupOf)
    : cells.reduce((map, cell) => map.set(groupOf(cell), [...(map.get(groupOf(cell)) ?? []), cell]), new Map());
  return [...byName].map(([name, members]) => {
    const grid = make("div", { class: "grid" }, ...members.map((cell) => cell.node));
    return { members, grid, node: make("section", { class: "group", "aria-label": name || "sensors" }, byName.size > 1 ? make("h3", {}, name || "other") : null, grid) };
  });
}

function groupOf({ sensor }) {
  return part(sensor.component || sensor.group || "");
}

function fillCell(cell, series, grade) {
  const { sensor } = cell;
  cell.chart ??= cell.place.isConnected ? sensorChart(cell.place, sensor) : null;
  const values = series.column(`sensor:${sensor.name}`);
  cell.chart?.show([series.times, series.column(`expected:${sensor.name}`), values]);
  const newest = values.at(-1) ?? null;
  write(cell.value, number(newest));
  const note = grade ? `✕ ${words(grade)}` : verdict(newest, sensor); // no normal range for what is no good reading
  write(cell.note, note);
  cell.node.classList.toggle("off", note !== "");
}

function verdict(value, { low, high }) {
  if (value === null) return ""; // its grade says so
  if (high !== null && value > high) return "▲ above normal";
  return low !== null && value < low ? "▼ below normal" : "";
}

/** Put the blamed first: groups by their worst sensor, sensors within by their share. */
function blame(body, groups, shares) {
  const of = new Map(shares);
  for (const { members, grid } of groups) {
    members.forEach((cell) => mark(cell, of.get(cell.sensor.name) ?? 0));
    reorder(grid, [...members].sort((one, other) => other.blamed - one.blamed).map((cell) => cell.node));
  }
  const worst = ({ members }) => Math.max(...members.map((cell) => cell.blamed));
  reorder(body, [...groups].sort((one, other) => worst(other) - worst(one)).map((group) => group.node));
}

function mark(cell, share) {
  cell.blamed = Math.floor(share * 20 + 1e-9) / 20; // small shares, and small changes, move nothing
  write(cell.share, cell.blamed ? `${percent(share)} of blame` : "");
  cell.node.classList.toggle("blamed", cell.blamed > 0);
}

function reorder(place, nodes) {
  if (nodes.some((node, at) => node !== place.children[at])) nodes.forEach((node) => place.append(node));
}

function filter(groups, text) {
  const asked = text.trim().toLowerCase();
  for (const { members, node } of groups) {
    members.forEach((cell) => { cell.node.hidden = !`${cell.sensor.name} ${cell.sensor.component} ${cell.sensor.group}`.toLowerCase().includes(asked); });
    node.hidden = members.every((cell) => cell.node.hidden);
  }
}
