// How the sources are: those in one state together, and what went wrong.

const STATES = { failed: "✕ failed", stopped: "■ stopped", waiting: "… waiting", running: "running", ended: "✓ ended" }; // what needs somebody first
const LONGEST = 40; // characters of an error in the line; its title has all

/** What the line above the page says of the sources, its title, and whether somebody should look. */
export function tellSources(running, sources) {
  const all = sources.map((source) => ({ ...source, state: stateOf(source, running) }));
  const states = [...new Set([...Object.keys(STATES), ...all.map(({ state }) => state)])];
  const groups = states.map((state) => group(state, all.filter((source) => source.state === state))).filter(Boolean);
  return { text: groups.join(" · ") || "readings by HTTP", title: all.map(line).join("\n"),
    wrong: all.some(({ state, error }) => state === "failed" || state === "stopped" || (state === "waiting" && error)) };
}

/** A service that is stopped lets no source run. */
function stateOf({ state = "running" }, running) {
  return !running && (state === "running" || state === "waiting") ? "stopped" : state;
}

function group(state, sources) {
  const names = sources.map(({ name, error }) => (state === "failed" && error ? `${name} (${clip(error)})` : name));
  return names.length ? `${STATES[state] ?? state}: ${names.join(", ")}` : null;
}

function clip(text) {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function line({ name, state, accepted = 0, refused = 0, dropped = 0, error }) {
  return `${name}: ${state}, ${accepted} taken, ${refused} refused, ${dropped} dropped${error ? `; last error: ${error}` : ""}`;
}
