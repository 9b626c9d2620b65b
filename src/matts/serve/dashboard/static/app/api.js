// Questions to the service; a refusal is an error with the service's own sentence.

import { askForToken } from "./dialogs.js";

const ROOT = new URL("api/v1/", document.baseURI);
const KEY = "matts-token";
let asking = null; // one question for the token, however many requests were refused

/** The address of a path below the API, with its query. */
export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** Headers that carry the token, where one was given. */
export function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

/** Fetch; where a token is asked for, ask the reader and try again. */
export async function request(url, options = {}) {
  const sent = headers().Authorization;
  const answer = await fetch(url, { ...options, headers: headers(options.headers) });
  if (answer.status !== 401) return answer;
  if (headers().Authorization === sent) await renewToken();
  return request(url, options);
}

function renewToken() {
  asking ??= askForToken()
    .then((token) => sessionStorage.setItem(KEY, token))
    .finally(() => { asking = null; });
  return asking;
}

async function ask(url, options) {
  const answer = await request(url, options);
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  const text = typeof problem.detail === "string" ? problem.detail : problem.title;
  throw Object.assign(new Error(text || `the service answered ${answer.status}`), { status: answer.status });
}

/** Ask the service. */
export function get(path, query, options) {
  return ask(address(path, query), options);
}

/** Tell the service. */
export function post(path, tree = {}) {
  return ask(address(path), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(tree),
  });
}

/** Download what a path answers under a file name; the token travels in the header, not in a link. */
export async function download(path, query, name) {
  const answer = await request(address(path, query));
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
