// Which sensors are to blame, which fault it is, what was expected, and what it looked like before.

import { get } from "./api.js";
import { make, nothing, panel, write } from "./dom.js";
import { similarList } from "./events.js";
import { number, part as named, percent, time } from "./format.js";
import { heatMap } from "./heatmap.js";

const MOST = 8; // rows of each ranking
const LEAST = 0.005; // share that is worth a row

/** Root cause of the latest alert of one asset; `blame(shares)` hears the ranking. */
export function causePanel(asset, sensors, blame) {
  const { node, body, tools } = panel("Root cause", { class: "causes" });
  const when = make("span", { class: "quiet" });
  const known = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  tools.append(when);
  body.append(nothing("No alert to explain."));
  let shown = null;
  const load = async () => {
    const tree = await get("xai-analysis", { asset });
    const key = JSON.stringify(tree);
    if (key === shown) return;
    shown = key;
    write(when, tree.time ? `at ${time(tree.time)}` : "");
    body.replaceChildren(...draw(tree, known));
    blame(tree.contributions ?? []);
  };
  return { node, load, redraw: () => { shown = null; return load(); } };
}

function draw(tree, known) {
  if (!tree.contributions?.length) return [nothing("No alert to explain.")];
  return [
    part("Fault", bars(Object.entries(tree.probabilities ?? {}).sort(([, one], [, other]) => other - one).filter(([, chance]) => chance >= LEAST).slice(0, 5), tree.fault)),
    part("Sensors", bars(seen(tree.contributions))),
    part("Components", bars(seen(tree.components ?? []).map(([name, share]) => [named(name), share]))),
    part("Blame over time", heatMap(tree.heatmap)),
    part("Actual against expected", compare(tree, known)),
    part("Similar past events", similarList(tree.similar)),
  ].filter(Boolean);
}

function part(title, content) {
  return content ? make("div", { class: "part" }, make("h3", {}, title), content) : null;
}

function seen(pairs) {
  return pairs.filter(([, share]) => share >= LEAST).slice(0, MOST);
}

/** Ranked shares as bars with their percentages. */
function bars(pairs, chosen = null) {
  if (!pairs.length) return null;
  return make("ol", { class: "bars" }, ...pairs.map(([name, share]) => {
    const bar = make("i");
    bar.style.width = `${Math.min(1, Math.max(0, share)) * 100}%`;
    return make("li", { class: name === chosen ? "chosen" : "" }, make("span", { class: "name", title: name }, name), make("span", { class: "bar", "aria-hidden": "true" }, bar), make("span", { class: "value" }, percent(share)));
  }));
}

/** For the most blamed sensors: normal as a band, what came as a dot, what was expected as a line. */
function compare({ contributions, actual = {}, expected = {} }, known) {
  const rows = contributions.slice(0, MOST).map(([name]) => ({ name, came: actual[name], foreseen: expected[name], ...known.get(name) }))
    .filter(({ came, foreseen }) => Number.isFinite(came) || Number.isFinite(foreseen));
  if (!rows.length) return null;
  const head = make("tr", {}, ...["Sensor", "Actual", "Expected", "Within normal"].map((text) => make("th", { scope: "col" }, text)));
  return make("table", { class: "compare" }, make("thead", {}, head), make("tbody", {}, ...rows.map((row) => make("tr", {},
    make("th", { scope: "row", title: row.name }, row.name), make("td", {}, number(row.came)), make("td", {}, number(row.foreseen)), make("td", {}, scale(row))))));
}

function scale({ low, high, came, foreseen }) {
  const values = [low, high, came, foreseen].filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const at = (value) => `${((value - least) / (most - least || 1)) * 100}%`;
  const mark = (kind, value) => {
    if (!Number.isFinite(value)) return null;
    const node = make("i", { class: kind });
    node.style.left = at(value);
    return node;
  };
  const band = make("i", { class: "band" });
  if (Number.isFinite(low) && Number.isFinite(high)) {
    band.style.left = at(low);
    band.style.width = `${((high - low) / (most - least || 1)) * 100}%`;
  }
  return make("span", { class: "scale", role: "img", "aria-label": `came ${number(came)}, expected ${number(foreseen)}, normal ${number(low)} to ${number(high)}` },
    band, mark("foreseen", foreseen), mark("came", came));
}
