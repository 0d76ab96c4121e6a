// What opens over the page: questions, keys, totals, exports.

import { call } from "./api.js";
import { byId, element } from "./dom.js";
import { plural, shown, units } from "./values.js";

const KEYS = [
  ["n", "next doubtful field, in this or the next receipt"], ["Enter", "accept the field and go on to the next doubtful one"], ["r", "reviewed: go on to the next receipt"],
  ["↓ ↑ or j k", "next, previous receipt"], ["Ctrl+Z, Ctrl+Shift+Z", "undo, redo"], ["/", "search"], ["+ − 0 w", "larger, smaller, whole page, page width"],
  ["d", "draw a line that was missed"], ["x", "choose this receipt for the export"], ["Esc", "leave a field"], ["?", "this list"],
];
const FORMATS = [
  ["csv", "Items", "CSV, a row for each item"], ["csv-receipts", "Receipts", "CSV, a row for each receipt"], ["xlsx", "Workbook", "XLSX with receipts, items and taxes"],
  ["pdf", "Searchable PDF", "all pages in one file, with their text"], ["json", "Everything", "JSON, with the history of changes"],
  ["dataset", "Dataset for training", "pictures and corrected lines of reviewed receipts; ocr data reads it"],
];

export function dialog(title, ...content) {
  byId("dialog-content").replaceChildren(element("h2", { id: "dialog-title", tabIndex: -1 }, title), ...content);
  if (!byId("dialog").open) byId("dialog").showModal();
  // Not the button at its end, which would scroll there.
  byId("dialog-title").focus();
}

/** Ask before something that cannot be undone; resolves with whether it shall be done. */
export function ask(title, text, word) {
  return new Promise((resolve) => {
    let answer = false;
    dialog(title, element("p", {}, text), element("button", { class: "danger", onclick: () => { answer = true; byId("dialog").close(); } }, word));
    byId("dialog").addEventListener("close", () => resolve(answer), { once: true });
  });
}

export function askKey(given) {
  const input = element("input", { type: "password", "aria-label": "API key", autocomplete: "off" });
  const go = () => given(input.value.trim());
  input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(); } });
  dialog("A key is needed", element("p", {}, "Whoever runs this server makes one: ocr serve keys add NAME"), input, element("p", { class: "actions" }, element("button", { class: "primary", onclick: go }, "Go on")));
  input.focus();
}

export function help() {
  dialog("Keys", element("table", { class: "keys" }, element("tbody", {}, ...KEYS.map(([key, meaning]) => element("tr", {}, element("td", {}, element("kbd", {}, key)), element("td", {}, meaning))))));
}

export function totals(store) {
  const all = [...store.receipts.values()].filter((one) => one.total !== null);
  const without = store.order.length - all.length;
  const whole = (one, name) => [[name, one.total]];
  const rates = (one) => (one.taxes.length ? one.taxes.map((tax) => [`${tax.rate} %`, tax.tax]) : one.tax !== null ? [["no rate printed", one.tax]] : []);
  dialog("Totals",
    element("p", { class: "soft" }, `${plural(all.length, "receipt")} with a total${without ? `; ${without} without one are left out` : ""}`),
    ...table("By shop", "Shop", grouped(all, (one) => one.merchant || "no shop", whole)),
    ...table("By month", "Month", grouped(all, (one) => one.date?.slice(0, 7) ?? "no date", whole)),
    ...table("Tax by rate", "Rate", grouped(all, () => "", rates)));
}

function table(title, column, rows) {
  const head = element("tr", {}, ...[[column, ""], ["Sum", "amount"], ["", ""], ["Receipts", "amount"]].map(([name, kind]) => element("th", { class: kind, scope: "col" }, name)));
  return [element("h3", {}, title), element("table", { class: "sums" }, element("thead", {}, head), element("tbody", {}, ...rows.map(([name, currency, sum, count]) =>
    element("tr", {}, element("td", {}, name), element("td", { class: "amount" }, sum), element("td", { class: "soft" }, currency), element("td", { class: "amount soft" }, String(count))))))];
}

/** Sums by name and currency; names that differ in case alone are one. */
function grouped(all, key, amounts) {
  const sums = new Map();
  for (const one of all) for (const [name, amount] of amounts(one, key(one))) {
    const place = JSON.stringify([name.toLowerCase(), one.currency ?? "no currency"]);
    const [first, sum, count] = sums.get(place) ?? [name, 0n, 0];
    sums.set(place, [first, sum + units(amount), count + 1]);
  }
  return [...sums].sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true })).map(([place, [name, sum, count]]) => [name, JSON.parse(place)[1], shown(sum), count]);
}

/** Offer the formats; `chosen` are identifiers, or `null` for all. */
export function exports(store, chosen, told) {
  const many = chosen ? `${plural(chosen.length, "chosen receipt")}` : `All ${plural(store.order.length, "receipt")}; choose some with x, or Ctrl and a click`;
  dialog("Export", element("p", { class: "soft" }, many), element("div", { class: "formats" },
    ...FORMATS.map(([name, label, meaning]) => element("button", { data: { format: name }, onclick: () => save(store, name, chosen, told) }, element("strong", {}, label), element("span", { class: "soft" }, meaning)))));
}

async function save(store, format, chosen, told) {
  try {
    await store.edits.flush();
    const response = await call(`/v1/review/export?format=${format}${chosen ? `&ids=${chosen.join(",")}` : ""}`);
    const name = response.headers.get("Content-Disposition")?.match(/filename="(.+)"/)?.[1] ?? format;
    const link = element("a", { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  } catch (error) {
    told(error);
    // The page behind a dialog is dim.
    if (byId("dialog").open) byId("dialog-content").append(element("p", { class: "bad", role: "alert" }, error.message));
  }
}
