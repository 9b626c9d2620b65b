// What has happened: event cards with similar past events, and units that are completed.

import { get } from "./api.js";
import { make, nothing, panel } from "./dom.js";
import { count, lasting, number, percent, time } from "./format.js";

/** The events of one asset, latest first. */
export function eventPanel(asset) {
  const { node, body } = panel("Events", { class: "events" });
  const load = async () => {
    const { events } = await get("events", { asset });
    const latest = [...events].sort((one, other) => other.start - one.start).slice(0, 20);
    body.replaceChildren(...(latest.length ? latest.map(card) : [nothing("No event yet.")]));
  };
  return { node, load };
}

function card(event) {
  const open = event.stop === null || event.stop === undefined;
  const sensors = (event.sensors ?? []).slice(0, 4).map(([name, share]) => `${name} ${percent(share)}`).join(", ");
  return make("article", { class: `card${open ? " open" : ""}`, "aria-label": `event ${event.id}` },
    make("h3", {}, event.fault || "unlike healthy running", make("span", { class: "quiet" }, open ? " goes on" : "")),
    make("p", {}, `${time(event.start)}, ${open ? "not over" : lasting(event.stop - event.start)}, peak ${number(event.peak, 2)}`,
      event.alarm ? ` · alarm ${event.alarm}` : ""),
    sensors ? make("p", {}, sensors) : null,
    similarList(event.similar));
}

/** Past events that looked most like this one. */
export function similarList(similar) {
  if (!similar?.length) return null;
  return make("ul", { class: "similar", "aria-label": "similar past events" }, ...similar.slice(0, 3).map(({ faults, first_reading: first, last_reading: last, distance }) =>
    make("li", {}, make("span", { class: "quiet" }, "like "), make("b", {}, faults.join(", ") || "no named fault"),
      make("span", { class: "quiet" }, ` readings ${first}–${last}, distance ${number(distance, 2)}`))));
}

/** Units whose last reading has come. */
export function completedPanel() {
  const { node, body, tools } = panel("Completed units", { class: "completed" });
  const total = make("span", { class: "quiet" });
  tools.append(total);
  const load = async () => {
    const tree = await get("completed");
    const units = tree.completed ?? tree.units ?? [];
    node.hidden = units.length === 0;
    total.textContent = count(units.length, "unit");
    body.replaceChildren(units.length ? table(units) : nothing("No unit is completed yet."));
  };
  return { node, load };
}

function table(units) {
  const columns = Object.keys(units[0]).filter((name) => units.some((unit) => typeof unit[name] !== "object"));
  const cell = (name, value) => (/time|first|last|start|stop|ended|completed/.test(name) && value > 1e8 ? time(value) : typeof value === "number" ? (Number.isInteger(value) ? String(value) : number(value)) : String(value ?? ""));
  return make("table", {}, make("thead", {}, make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name.replaceAll("_", " "))))),
    make("tbody", {}, ...units.slice(0, 200).map((unit) => make("tr", {}, ...columns.map((name) => make("td", {}, cell(name, unit[name])))))));
}
