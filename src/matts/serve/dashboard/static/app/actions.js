// What an operator can do with an alarm or an asset; each is told to the service with who did it.

import { get, post } from "./api.js";
import { askFor, operator, show } from "./dialogs.js";
import { button, make, nothing } from "./dom.js";
import { time, words } from "./format.js";

const MINUTES = [["15", "15 minutes"], ["60", "1 hour"], ["240", "4 hours"], ["480", "8 hours"]]; // the longest shelf of a service that nobody told otherwise

async function tell(path, tree) {
  const who = await operator();
  if (!who) return false;
  await post(path, { who, ...tree });
  return true;
}

async function ask(alarm, title, fields, path, shape = (answer) => answer) {
  const answer = await askFor(title, fields);
  return answer ? tell(`alarms/${alarm.id}/${path}`, shape(answer)) : false;
}

const note = { name: "text", label: "Why (goes into the audit trail)" };

async function faultsOf(asset) {
  const { fault_names: names = [] } = await get(`assets/${encodeURIComponent(asset)}`);
  return [["", "a fault not named here"], ...names.filter((name) => name !== "healthy").map((name) => [name, name])];
}

/** By name; each returns whether it was done. */
export const ACTIONS = {
  acknowledge: (alarm) => tell(`alarms/${alarm.id}/acknowledge`, {}),
  unshelve: (alarm) => tell(`alarms/${alarm.id}/unshelve`, {}),
  shelve: (alarm) => ask(alarm, `Shelve alarm ${alarm.id}`, [{ name: "minutes", label: "For", choices: MINUTES, value: "60" }, note], "shelve",
    ({ minutes, text }) => ({ minutes: Number(minutes), text })),
  comment: (alarm) => ask(alarm, `Comment on alarm ${alarm.id}`, [{ name: "text", label: "Comment", required: true }], "comment"),
  false_alarm: (alarm) => ask(alarm, "A false alarm: raise the limit of this asset a little", [note], "feedback",
    ({ text }) => ({ text, verdict: "false_alarm" })),
  confirm: async (alarm) => ask(alarm, "Confirmed: which fault was it?",
    [{ name: "fault", label: "Fault", choices: await faultsOf(alarm.asset), value: alarm.fault }, note], "feedback",
    ({ text, fault }) => ({ text, fault, verdict: "confirmed" })),
  undo: (alarm) => tell(`alarms/${alarm.id}/undo-feedback`, {}),
};

/** Tell in which mode an asset runs: maintenance suppresses its alarms by design. */
export function setMode(asset, mode) {
  return tell(`assets/${encodeURIComponent(asset)}/mode`, { mode });
}

/** Take an asset out of service, or back. */
export function setService(asset, out) {
  return tell(`assets/${encodeURIComponent(asset)}/${out ? "out-of-service" : "in-service"}`, {});
}

/** Forget what is known of every asset, if the reader is sure; whether it was done. */
export async function reset() {
  const sure = await askFor("Reset the plant?", [], { done: "Reset",
    text: "Windows and alarms of every asset are forgotten, and each begins anew. History and audit trail stay, and so does what is out of service." });
  return sure ? tell("reset", {}) : false;
}

/** Who did what with this alarm, and when. */
export async function showTrail(alarm) {
  const { records } = await get(`alarms/${alarm.id}/audit`);
  const rows = records.map((record) => make("tr", {},
    make("td", {}, time(record.time)), make("td", {}, words(record.kind)), make("td", {}, record.who), make("td", {}, record.text)));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...["When", "What", "Who", "Text"].map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...rows));
  const dialog = make("dialog", { class: "wide", "aria-label": "Audit trail" }, make("h2", {}, `Audit trail of alarm ${alarm.id}, ${alarm.asset}`),
    rows.length ? table : nothing("Nothing is recorded."), make("menu", {}, button("Close", () => dialog.close())));
  return show(dialog);
}
