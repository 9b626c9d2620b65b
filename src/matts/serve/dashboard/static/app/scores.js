// All scores on one calibrated axis with their limits, and a gauge for each detector.

import { download } from "./api.js";
import { scoreChart } from "./charts.js";
import { colours, lineOf, onTheme } from "./colours.js";
import { button, make, panel, toast, write } from "./dom.js";
import { number, time } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/** The chart of scores; `detectors`: name, limit, deployed. */
export function scorePanel(asset, detectors) {
  const { node, body, tools } = panel("Scores: how rare among healthy readings (1 in 10ˣ)", { class: "scores" });
  const lines = linesOf(detectors);
  const shown = make("span", { class: "quiet shown" });
  const save = () => download("history", { asset, format: "csv" }, `${asset}.csv`).catch((error) => toast(error.message));
  tools.append(shown, button("CSV", save, { title: "Download the latest readings and scores, at most as many as serve.service.history_rows says" }));
  let series = null;
  const tell = (at) => write(shown, at === null || at === undefined || !series ? "" : describe(series, lines, at));
  const drawn = [...lines].sort((one, other) => one.deployed - other.deployed); // the deployed one on top
  const chart = scoreChart(body, drawn, tell);
  const show = (latest) => {
    series = latest;
    chart.show([series.times, ...drawn.map(({ name }) => series.column(`surprise:${name}`))]);
  };
  const stop = onTheme(() => chart.plot.redraw());
  return { node, lines, show, close: () => { stop(); chart.close(); } };
}

function linesOf(detectors) {
  let others = 0;
  return detectors.map(({ name, limit, deployed }) => ({ name, limit, deployed, line: lineOf(deployed ? 0 : others++, deployed) }));
}

function describe(series, lines, at) {
  const [deployed] = lines.filter((line) => line.deployed);
  const fault = series.column("faults")[at];
  const value = deployed ? series.column(`surprise:${deployed.name}`)[at] : null;
  return `${time(series.times[at])}: ${number(value, 3)}${fault ? `, ${fault}` : ""}`;
}

/** A bar for each detector: where it stands, where its limit is, and the word for it. */
export function gaugePanel(lines) {
  const { node, body } = panel("Detectors", { class: "gauges" });
  const gauges = lines.map((line) => makeGauge(line));
  body.append(make("ul", {}, ...gauges.map((gauge) => gauge.node)));
  const stop = onTheme(() => gauges.forEach(({ swatch }, at) => { swatch.style.stroke = colours[lines[at].line.tone]; }));
  const show = (series) => gauges.forEach((gauge, at) => fillGauge(gauge, lines[at], series.last(`surprise:${lines[at].name}`)));
  return { node, show, close: stop };
}

function makeGauge({ name, deployed, line }) {
  const swatch = document.createElementNS(SVG, "line");
  Object.entries({ x1: 0, x2: 22, y1: 5, y2: 5, "stroke-width": line.width + 0.5, "stroke-dasharray": line.dash.join(" ") }).forEach(([key, value]) => swatch.setAttribute(key, value));
  swatch.style.stroke = colours[line.tone];
  const picture = document.createElementNS(SVG, "svg");
  Object.entries({ width: 22, height: 10, "aria-hidden": "true" }).forEach(([key, value]) => picture.setAttribute(key, value));
  picture.append(swatch);
  const [bar, value, word] = [make("span", { class: "bar" }, make("i"), make("b")), make("span", { class: "value" }), make("span", { class: "word" })];
  const meter = make("li", { role: "meter", "aria-label": name, "aria-valuemin": 0, class: deployed ? "deployed" : "" },
    picture, make("span", { class: "name" }, name.replaceAll("_", " ")), bar, value, word);
  return { node: meter, bar, value, word, swatch };
}

function fillGauge({ node, bar, value, word }, { limit }, score) {
  const top = Math.max(limit * 2, 4);
  const over = Number.isFinite(score) && score >= limit;
  node.setAttribute("aria-valuemax", top);
  node.setAttribute("aria-valuenow", Number.isFinite(score) ? Math.min(top, score) : 0);
  node.classList.toggle("over", over);
  bar.firstChild.style.width = `${Math.min(1, Math.max(0, (score ?? 0) / top)) * 100}%`;
  bar.lastChild.style.left = `${Math.min(1, limit / top) * 100}%`;
  write(value, number(score, 3));
  write(word, Number.isFinite(score) ? (over ? "▲ over" : "below") : "filling");
}
