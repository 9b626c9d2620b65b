// Numbers and times as operators read them: as many digits as matter, of one width.

export const DASH = "–";

/** A number with `digits` figures that matter; its width does not jump as it changes. */
export function number(value, digits = 4) {
  if (!Number.isFinite(value)) return DASH;
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2);
  const whole = size < 1 ? 0 : Math.floor(Math.log10(size));
  return value.toFixed(Math.max(0, digits - 1 - whole));
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** A number beside an axis, where there is little room. */
export function brief(value) {
  return Math.abs(value) >= 1e4 ? compact.format(value) : number(value);
}

/** The name of a part of the machine; some are known by their number alone. */
export function part(name) {
  return /^\d+$/.test(name) ? `part ${name}` : name;
}

/** A share in percent. */
export function percent(share) {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : DASH;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });

/** The local time of seconds since 1970; the day with it where it is not today. */
export function time(seconds) {
  if (!Number.isFinite(seconds)) return DASH;
  const when = new Date(seconds * 1000);
  const today = when.toDateString() === new Date().toDateString();
  return today ? clock.format(when) : `${day.format(when)} ${clock.format(when)}`;
}

/** How long, in the largest unit that fits. */
export function lasting(seconds) {
  if (!Number.isFinite(seconds)) return DASH;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** `1 alarm`, `2 alarms`. */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** The word of a code: underscores are spaces. */
export function words(code) {
  return String(code ?? "").replaceAll("_", " ");
}
