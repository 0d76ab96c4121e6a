// The page as a whole: which receipt is open, keys, files that come in, exports.

import { Problem, call, json, post, setKey, upload } from "./api.js";
import { byId, element } from "./dom.js";
import { Fields } from "./fields.js";
import { Picture } from "./picture.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";

const POLL = 1500;
/** Up to this width in pixels, list and receipt are shown one after the other. */
const NARROW = 860;
const KEYS = [["n", "next doubtful field, in this or the next receipt"], ["Enter", "accept the field and go on to the next doubtful one"], ["r", "reviewed: go on to the next receipt"], ["↓ ↑ or j k", "next, previous receipt"], ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"], ["/", "search"], ["+ − 0 w", "larger, smaller, whole page, page width"], ["d", "draw a line that was missed"], ["x", "choose this receipt for the export"], ["Esc", "leave a field"], ["?", "this list"]];

const store = new Store();
let current = null;
// The receipt of the address, until the pile is there.
const asked = location.hash.slice(1);
let unasked = !asked;

const picture = new Picture(store, {
  onLine: (key, chosen) => {
    picture.mark(key ? [key] : []);
    fields.line(key, { focus: false });
    if (!chosen || !key) return;
    const owner = fieldOf(key);
    if (!owner || !fields.focus(owner)) { fields.linesOpen = true; fields.shape = null; fields.draw(); fields.line(key, { focus: true }); }
  },
  onDrawn: drawn,
});
const fields = new Fields(store, {
  onLines: (keys, reveal) => picture.mark(keys, { reveal }),
  onRemove: remove,
  onReviewed: reviewed,
});
const strip = new Strip(store, open);

/** The path of the field that was read from a line. */
function fieldOf(key) {
  const receipt = store.details.get(current)?.document.receipts[0];
  if (!receipt) return null;
  const stands = (field) => field?.lines?.some(([page, line]) => `${page}-${line}` === key);
  for (const [name, field] of [...Object.entries(receipt.merchant).map(([n, f]) => [`merchant.${n}`, f]), ...Object.entries(receipt)])
    if (field && stands(field)) return name;
  for (const [k, item] of receipt.items.entries())
    for (const name of ["amount", "description", "quantity", "unit_price"]) if (stands(item[name])) return `items.${k}.${name}`;
  return null;
}

/** Show a receipt. `byPage`: nobody asked for it, so it gives way to a better one; see `openFirst`. */
async function open(id, byPage = false) {
  current = id;
  unasked = byPage;
  history.replaceState(null, "", id ? `#${id}` : "#");
  document.body.dataset.view = id ? "receipt" : "list";
  strip.current(id);
  if (!id) return;
  try { await store.open(id); } catch (error) { told(error); }
  if (current !== id) return;
  fields.show(id);
  picture.show(id);
  const ids = strip.visible;
  for (const next of [ids[ids.indexOf(id) + 1], ids[ids.indexOf(id) + 2]]) if (next) { picture.prefetch(next); store.open(next).catch(() => {}); }
}

/**
 * Open a receipt where nobody has chosen one: the first that can be read. Files come in in any order, and one that failed
 * must not keep the pane from those that were read.
 */
function openFirst() {
  if (!unasked || window.innerWidth <= NARROW) return;
  if (current && store.receipts.has(current) && store.receipts.get(current).state !== "failed") return;
  const first = store.order.find((id) => store.receipts.get(id).state !== "failed") ?? store.order[0];
  if (first && first !== current) open(first, true);
}

function step(by) {
  const ids = strip.visible;
  const next = ids[ids.indexOf(current) + by];
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
  say(store.order.length ? "No doubtful field is left." : "");
}

function reviewed(on) {
  store.set(current, "state", on ? "reviewed" : "open");
  store.edits.flush();
  if (on) { const ids = strip.visible; const next = ids[ids.indexOf(current) + 1]; if (next) open(next); else { document.activeElement?.blur(); say("This was the last receipt."); } }
}

async function remove(id) {
  const one = store.receipts.get(id);
  if (!await ask(`Delete ${one.merchant || one.name}?`, "The picture, what was read and all changes are deleted for good.", "Delete")) return;
  const ids = strip.visible;
  const next = ids[ids.indexOf(id) + 1] ?? ids[ids.indexOf(id) - 1] ?? null;
  try { await call(`/v1/review/receipts/${id}`, { method: "DELETE" }); store.remove(id); open(next); if (!next) location.reload(); } catch (error) { told(error); }
}

async function drawn(page, polygon) {
  const key = `${page}-n${crypto.randomUUID().slice(0, 8)}`;
  const id = current;
  store.set(id, `lines.${key}.polygon`, polygon);
  picture.lines();
  try {
    const answer = await post(`/v1/review/receipts/${id}/lines`, { page, polygon });
    store.set(id, `lines.${key}.text`, answer.text);
  } catch (error) { store.set(id, `lines.${key}.text`, ""); told(error); }
  fields.linesOpen = true;
  fields.draw();
  picture.mark([key]);
  fields.line(key, { focus: true });
}

// Files that come in: each has a row with its progress, or with the reason why it was not taken.

const waiting = [];
let sending = 0;

function addFiles(files) {
  for (const file of files) {
    const bar = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
    const row = element("li", { class: "upload" }, element("span", {}, file.name), bar);
    byId("uploads").append(row);
    waiting.push({ file, row, bar });
  }
  document.body.classList.toggle("pile-empty", false);
  send();
}

async function send() {
  while (sending < 3 && waiting.length) {
    const { file, row, bar } = waiting.shift();
    sending++;
    upload(file, (share) => { bar.value = share; }).then((one) => {
      row.remove();
      store.add(one);
    }).catch((error) => {
      bar.remove();
      row.append(element("button", { class: "remove", "aria-label": "Dismiss", onclick: () => row.remove() }, "×"),
        element("span", { class: "bad" }, error instanceof Problem ? error.message : "The server does not answer; add the file again."));
      told(error);
    }).finally(() => { sending--; send(); });
  }
}

async function entries(transfer) {
  const found = [];
  const walk = async (entry) => {
    if (entry.isFile) found.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
    else {
      const reader = entry.createReader();
      for (let batch = await read(reader); batch.length; batch = await read(reader)) for (const one of batch) await walk(one);
    }
  };
  const read = (reader) => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!items.length) return [...transfer.files];
  for (const item of items) await walk(item);
  return found.filter((file) => !file.name.startsWith("."));
}

for (const name of ["file", "folder", "camera"])
  byId(name).addEventListener("change", (event) => { addFiles([...event.target.files].filter((file) => !file.name.startsWith("."))); event.target.value = ""; });
byId("add").onclick = byId("empty-add").onclick = () => byId("file").click();
byId("empty-folder").onclick = () => byId("folder").click();
byId("empty-camera").onclick = () => byId("camera").click();
let over = 0;
addEventListener("dragenter", (event) => { event.preventDefault(); over++; byId("drop").hidden = false; });
addEventListener("dragleave", () => { if (--over <= 0) byId("drop").hidden = true; });
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", async (event) => { event.preventDefault(); over = 0; byId("drop").hidden = true; addFiles(await entries(event.dataTransfer)); });
addEventListener("paste", (event) => { const files = [...event.clipboardData.files]; if (files.length) { event.preventDefault(); addFiles(files); } });

// Keys

addEventListener("keydown", (event) => {
  if (byId("dialog").open) return;
  const typing = event.target.matches?.("input, textarea, select");
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "z") {
    event.preventDefault();
    const done = event.shiftKey ? store.redo() : store.undo();
    if (done && done.id !== current && store.receipts.has(done.id)) open(done.id);
    else if (done) { fields.shape = null; document.activeElement?.blur?.(); fields.draw(); picture.lines(); fields.focus(done.path); }
    return;
  }
  if (control && event.key.toLowerCase() === "y") { event.preventDefault(); store.redo(); fields.shape = null; fields.draw(); return; }
  if (typing) {
    if (event.key === "Escape") { event.target.blur(); picture.draw(false); }
    if (event.key === "Enter" && event.target.dataset.path) {
      event.preventDefault();
      if (!event.target.dataset.path.startsWith("lines.")) fields.accept(event.target.dataset.path);
      nextDoubt();
    }
    if (event.key === "Enter" && event.target.id === "search") { event.target.blur(); const [first] = strip.visible; if (first) open(first); }
    return;
  }
  if (control || event.altKey) return;
  const action = {
    n: nextDoubt, r: () => current && reviewed(store.receipts.get(current)?.state !== "reviewed"), j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    "/": () => byId("search").focus(), "+": () => picture.zoom(1.25), "=": () => picture.zoom(1.25), "-": () => picture.zoom(0.8), 0: () => picture.fit("page"), w: () => picture.fit("width"),
    d: () => picture.draw(!picture.drawing), x: () => current && strip.choose(current), "?": help, Escape: () => picture.draw(false),
  }[event.key];
  if (action && !(event.target.matches?.("button") && event.key === "Enter")) { event.preventDefault(); action(); }
});

byId("search").addEventListener("input", (event) => { strip.filter = event.target.value.trim(); strip.draw(); });
byId("next-doubt").onclick = nextDoubt;
byId("back").onclick = () => open(null);
byId("zoom-in").onclick = () => picture.zoom(1.25);
byId("zoom-out").onclick = () => picture.zoom(0.8);
byId("zoom-fit").onclick = () => picture.fit("page");
byId("zoom-width").onclick = () => picture.fit("width");
byId("draw").onclick = () => picture.draw(!picture.drawing);
byId("help").onclick = help;
byId("totals").onclick = totals;
byId("export").onclick = exports;

// Dialogs

function dialog(...content) {
  byId("dialog-content").replaceChildren(...content);
  if (!byId("dialog").open) byId("dialog").showModal();
}

function ask(title, text, word) {
  return new Promise((resolve) => {
    let answer = false;
    dialog(element("h1", {}, title), element("p", {}, text), element("button", { class: "primary", onclick: () => { answer = true; byId("dialog").close(); } }, word));
    byId("dialog").addEventListener("close", () => resolve(answer), { once: true });
  });
}

function help() {
  dialog(element("h1", {}, "Keys"), element("table", {}, ...KEYS.map(([key, meaning]) => element("tr", {}, element("td", {}, element("kbd", {}, key)), element("td", {}, meaning)))));
}

function totals() {
  const all = [...store.receipts.values()].filter((one) => one.total !== null);
  const table = (title, rows) => [element("h2", {}, title), element("table", {}, ...rows.map(([name, currency, sum, count]) =>
    element("tr", {}, element("td", {}, name), element("td", { class: "amount" }, sum), element("td", {}, currency), element("td", { class: "soft" }, count === null ? "" : `${count} receipts`))))];
  const grouped = (key, amounts) => {
    const sums = new Map();
    for (const one of all) for (const [name, amount] of amounts(one, key(one))) {
      const place = JSON.stringify([name, one.currency ?? "no currency"]);
      const [sum, count] = sums.get(place) ?? [0n, 0];
      sums.set(place, [sum + units(amount), count + 1]);
    }
    return [...sums].sort().map(([place, [sum, count]]) => [...JSON.parse(place), shown(sum), count]);
  };
  const whole = (one, name) => [[name, one.total]];
  dialog(element("h1", {}, "Totals"),
    ...table("By shop", grouped((one) => one.merchant || "no shop", whole)),
    ...table("By month", grouped((one) => one.date?.slice(0, 7) ?? "no date", whole)),
    ...table("Tax by rate", grouped(() => "", (one) => (one.taxes.length ? one.taxes.map((tax) => [`${tax.rate} %`, tax.tax]) : one.tax !== null ? [["no rate printed", one.tax]] : []))));
}

/** Amounts are added as ten-thousandths: whole numbers have no rounding. */
function units(text) {
  const [whole, part = ""] = text.replace("-", "").split(".");
  return BigInt(whole + part.padEnd(4, "0").slice(0, 4)) * (text.startsWith("-") ? -1n : 1n);
}

function shown(sum) {
  const digits = (sum < 0n ? -sum : sum).toString().padStart(5, "0");
  const part = digits.slice(-4).replace(/00$/, "");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -4)}.${part}`;
}

function exports() {
  const chosen = strip.chosen.size ? [...strip.chosen] : null;
  const formats = [["csv", "Items as CSV"], ["csv-receipts", "Receipts as CSV"], ["xlsx", "Workbook (XLSX)"], ["json", "Everything as JSON, with the history of changes"], ["pdf", "One searchable PDF"], ["dataset", "Dataset for training (reviewed receipts only)"]];
  dialog(element("h1", {}, "Export"), element("p", { class: "soft" }, chosen ? `${chosen.length} chosen receipts` : `All ${store.order.length} receipts (choose some with x, or Ctrl+click)`),
    element("div", { class: "actions" }, ...formats.map(([name, label]) => element("button", { data: { format: name }, onclick: () => save(name, chosen) }, label))));
}

async function save(format, chosen) {
  try {
    await store.edits.flush();
    const response = await call(`/v1/review/export?format=${format}${chosen ? `&ids=${chosen.join(",")}` : ""}`);
    const name = response.headers.get("Content-Disposition")?.match(/filename="(.+)"/)?.[1] ?? format;
    const link = element("a", { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) { told(error); }
}

// State of the connection

function say(text, bad = false) {
  byId("status").textContent = text;
  byId("status").classList.toggle("bad", bad);
}

function told(error) {
  if (error instanceof Problem && error.status === 401) {
    const input = element("input", { type: "password", "aria-label": "API key", autocomplete: "off" });
    dialog(element("h1", {}, "A key is needed"), element("p", {}, "Whoever runs this server has it: ocr serve keys add NAME"), input,
      element("button", { class: "primary", onclick: () => { setKey(input.value.trim()); location.reload(); } }, "Go on"));
  } else say(error instanceof Problem ? error.message : "The server does not answer; changes are kept here and sent later.", true);
}

let away = false;
store.addEventListener("saving", (event) => {
  const { count, failed, error } = event.detail;
  if (failed && error) told(error);
  else say(count ? "Saving …" : "All changes are saved.");
});
store.addEventListener("edited", (event) => { if (event.detail.path.startsWith("lines.")) picture.lines(); });
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
    if (away) { away = false; say("Connected again."); store.edits.flush(); }
  } catch (error) {
    if (!away) told(error);
    away = true;
  }
  setTimeout(poll, document.hidden ? 4 * POLL : POLL);
}

try { await store.load(); } catch (error) { told(error); away = true; }
strip.draw();
if (store.receipts.has(asked)) open(asked);
else {
  unasked = true;
  openFirst();
}
byId("empty").hidden = store.order.length > 0;
setTimeout(poll, POLL);
window.ocrReady = performance.now();
