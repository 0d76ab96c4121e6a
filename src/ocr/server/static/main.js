// The page as a whole: which receipt is open, keys, and what the server and other people do.

import { Problem, call, setKey } from "./api.js";
import { ask, askKey, exports, help, totals } from "./dialogs.js";
import { byId } from "./dom.js";
import { Fields } from "./fields.js";
import { listen } from "./intake.js";
import { readLine } from "./lines.js";
import { Picture } from "./picture.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";

/** Milliseconds between two questions for what others changed; while something is being read it is asked sooner. */
const POLL = 1500, POLL_SOON = 500;
/** Up to this width in pixels, list and receipt are shown one after the other. */
const NARROW = 860;

const store = new Store();
let current = null;
// The receipt of the address, until the pile is there.
const asked = location.hash.slice(1);
let unasked = !asked;

const picture = new Picture(store, {
  onLine: (key, chosen) => {
    picture.mark(key ? [key] : []);
    fields.line(key);
    fields.from(key ? [key] : []);
    if (!chosen || !key) return;
    const owner = fieldOf(key);
    if (!owner || !fields.focus(owner)) fields.line(key, { focus: true });
  },
  onDrawn: drawn,
});
const fields = new Fields(store, {
  onLines: (keys, reveal) => picture.mark(keys, { reveal }),
  onRemove: remove,
  onReviewed: reviewed,
  onNext: nextDoubt,
  onRedraw: (key) => picture.draw(true, key),
  onError: told,
});
const strip = new Strip(store, (id) => open(id));

/** The path of the field that was read from a line. */
function fieldOf(key) {
  const receipt = store.reading(current);
  if (!receipt) return null;
  const stands = (field) => field?.lines?.some(([page, line]) => `${page}-${line}` === key);
  for (const [name, field] of [...Object.entries(receipt.merchant).map(([n, f]) => [`merchant.${n}`, f]), ...Object.entries(receipt)])
    if (field && stands(field)) return name;
  for (const [group, names] of [["items", ["amount", "description", "quantity", "unit_price"]], ["taxes", ["tax", "rate", "net", "gross"]], ["payments", ["amount", "method"]]])
    for (const k of store.identifiers(current, group)) for (const name of names) if (stands(receipt[group][k]?.[name])) return `${group}.${k}.${name}`;
  return null;
}

/** Show a receipt. `byPage`: nobody asked for it, so it gives way to a better one; see `openFirst`. */
async function open(id, byPage = false) {
  current = id;
  unasked = byPage;
  history.replaceState(null, "", id ? `#${id}` : "#");
  document.body.dataset.view = id ? "receipt" : "list";
  strip.current(id);
  byId("empty").hidden = store.order.length > 0;
  if (!id) { fields.show(null); picture.show(null); return; }
  try { await store.open(id); } catch (error) { told(error); }
  if (current !== id) return;
  fields.show(id);
  picture.show(id);
  const at = strip.visible.indexOf(id);
  for (const next of strip.visible.slice(at + 1, at + 3)) { picture.prefetch(next); store.open(next).catch(() => {}); }
}

/**
 * Open a receipt where nobody has chosen one: the first that can be read. Files come in in any order, and one that failed
 * must not keep the pane from those that were read.
 */
function openFirst() {
  byId("empty").hidden = store.order.length > 0;
  if (current && !store.receipts.has(current)) { current = null; unasked = true; if (!store.order.length) open(null, true); }
  if (!unasked || window.innerWidth <= NARROW) return;
  if (current && store.receipts.get(current).state !== "failed") return;
  const first = store.order.find((id) => store.receipts.get(id).state !== "failed") ?? store.order[0];
  if (first && first !== current) open(first, true);
}

function step(by) {
  const next = strip.visible[strip.visible.indexOf(current) + by];
  if (next) open(next);
}

async function nextDoubt() {
  const path = document.activeElement?.dataset?.path;
  const doubts = fields.doubts;
  const after = doubts.slice(doubts.indexOf(path) + 1).concat(doubts.slice(0, Math.max(0, doubts.indexOf(path))));
  for (const one of current ? after : []) if (one !== path && fields.focus(one)) return;
  const ids = strip.visible;
  const start = ids.indexOf(current) + 1;
  for (const id of [...ids.slice(start), ...ids.slice(0, start)]) {
    if (store.receipts.get(id).state !== "doubtful" || id === current) continue;
    await open(id);
    for (const one of fields.doubts) if (fields.focus(one)) return;
    return;
  }
  document.activeElement?.blur();
  say(store.order.length ? "No doubtful field is left." : "");
}

function reviewed(on) {
  store.set(current, "state", on ? "reviewed" : "open");
  store.edits.flush();
  if (!on) return;
  const next = strip.visible[strip.visible.indexOf(current) + 1];
  if (next) open(next);
  else { document.activeElement?.blur(); say("This was the last receipt."); }
}

async function remove(id) {
  const one = store.receipts.get(id);
  if (!await ask(`Delete ${one.merchant || one.name}?`, "The picture, what was read and all changes are deleted for good.", "Delete")) return;
  const at = strip.visible.indexOf(id);
  const next = strip.visible[at + 1] ?? strip.visible[at - 1] ?? null;
  try {
    await call(`/v1/review/receipts/${id}`, { method: "DELETE" });
    current = null;
    store.remove(id);
    await open(next);
  } catch (error) { told(error); }
}

/** A line was drawn: a new one, or the place of one that is there. */
async function drawn(page, polygon, redrawn) {
  const id = current;
  const same = redrawn?.startsWith(`${page}-`);
  if (redrawn && !same) store.set(id, `lines.${redrawn}.deleted`, true);
  const key = same ? redrawn : `${page}-n${crypto.randomUUID().slice(0, 8)}`;
  const error = await readLine(store, id, key, polygon);
  if (error) told(error);
  if (current !== id) return;
  fields.draw(true);
  picture.mark([key]);
  fields.line(key, { focus: true });
}

listen({ added: (one) => store.add(one), told });

// Keys

addEventListener("keydown", (event) => {
  if (byId("dialog").open) return;
  const typing = event.target.matches?.("input, textarea, select");
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control && (key === "z" || key === "y")) {
    event.preventDefault();
    stepBack(key === "y" || event.shiftKey ? store.redo() : store.undo());
  } else if (typing) typed(event);
  else if (!control && !event.altKey) {
    const action = ACTIONS[event.key];
    if (action && !(event.target.matches?.("button, summary") && event.key === "Enter")) { event.preventDefault(); action(); }
  }
});

const ACTIONS = {
  n: nextDoubt, r: () => current && store.details.has(current) && reviewed(store.receipts.get(current)?.state !== "reviewed"),
  j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
  "/": () => byId("search").focus(), "+": () => picture.zoom(1.25), "=": () => picture.zoom(1.25), "-": () => picture.zoom(0.8), 0: () => picture.fit("page"), w: () => picture.fit("width"),
  d: () => picture.draw(!picture.drawing), x: () => current && strip.choose(current), "?": help, Escape: () => picture.draw(false),
};

function stepBack(done) {
  if (!done) return;
  if (done.id !== current && store.receipts.has(done.id)) { open(done.id); return; }
  document.activeElement?.blur?.();
  fields.draw(true);
  picture.lines();
  fields.focus(done.path);
}

function typed(event) {
  const { target } = event;
  if (event.key === "Escape") { target.blur(); picture.draw(false); }
  if (event.key !== "Enter") return;
  if (target.dataset.path) {
    event.preventDefault();
    if (target.dataset.path.startsWith("lines.") || fields.accept(target.dataset.path)) nextDoubt();
  } else if (target.id === "search") {
    target.blur();
    if (strip.visible.length) open(strip.visible[0]);
  }
}

byId("search").addEventListener("input", (event) => strip.search(event.target.value));
byId("back").onclick = () => open(null);
byId("zoom-in").onclick = () => picture.zoom(1.25);
byId("zoom-out").onclick = () => picture.zoom(0.8);
byId("zoom-fit").onclick = () => picture.fit("page");
byId("zoom-width").onclick = () => picture.fit("width");
byId("draw").onclick = () => picture.draw(!picture.drawing);
byId("help").onclick = help;
byId("totals").onclick = () => totals(store);
byId("export").onclick = () => exports(store, strip.chosen.size ? store.order.filter((id) => strip.chosen.has(id)) : null, told);

// State of the connection

function say(text, bad = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("bad", bad);
}

function told(error) {
  if (error instanceof Problem && error.status === 401) askKey((key) => { setKey(key); location.reload(); });
  else say(error instanceof TypeError ? "The server does not answer; changes are kept here and sent later." : error.message, true);
}

let away = false;
store.addEventListener("saving", (event) => {
  const { count, failed, error } = event.detail;
  if (failed && error) told(error);
  else say(count ? "Saving …" : "All changes are saved.");
});
store.addEventListener("edited", (event) => { if (event.detail.path.startsWith("lines.")) picture.lines(); });
store.addEventListener("values", () => picture.follow());
store.addEventListener("receipt", (event) => {
  const { id, before } = event.detail;
  const ended = (state) => !["waiting", "reading", undefined].includes(state);
  if (id !== current || !ended(store.receipts.get(id).state)) return;
  // Once for each receipt that ends: one that failed has no document, and would be asked for on and on.
  const blank = picture.id === id && !picture.pages.length && store.details.has(id);
  if (!ended(before) || blank) open(id, unasked);
});
store.addEventListener("list", openFirst);
addEventListener("beforeunload", () => { store.edits.flush(); });

async function poll() {
  try {
    await store.poll();
    if (away) {
      away = false;
      say("Connected again.");
      store.edits.flush();
      if (current && !store.details.has(current)) open(current, unasked);
    }
  } catch (error) {
    if (!away) told(error);
    away = true;
  }
  const reading = [...store.receipts.values()].some((one) => one.state === "waiting" || one.state === "reading");
  setTimeout(poll, document.hidden ? 4 * POLL : reading && !away ? POLL_SOON : POLL);
}

try { await store.load(); } catch (error) { told(error); away = true; }
if (store.receipts.has(asked)) open(asked);
else {
  unasked = true;
  openFirst();
}
setTimeout(poll, POLL_SOON);
window.ocrReady = performance.now();
