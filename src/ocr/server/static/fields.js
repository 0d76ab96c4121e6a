// The fields, items and lines of the open receipt as a form. A field that has the keyboard is never drawn anew.

import { byId, element } from "./dom.js";

const GROUPS = [
  ["", [["merchant.name", "Shop"], ["date", "Date", "date"], ["time", "Time", "time"], ["total", "Total", "amount"], ["currency", "Currency"]]],
  ["Sums", [["subtotal", "Subtotal", "amount"], ["discount", "Discount", "amount"], ["tax", "Tax", "amount"], ["service_charge", "Service", "amount"], ["tip", "Tip", "amount"], ["rounding", "Rounding", "amount"], ["paid", "Paid", "amount"], ["change", "Change", "amount"]]],
  ["Shop", [["merchant.address", "Address"], ["merchant.phone", "Phone"], ["merchant.tax_id", "Tax number"], ["merchant.website", "Website"], ["number", "Receipt no."]]],
];
const MAIN = new Set(["merchant.name", "date", "total", "currency", "subtotal", "tax"]);
const SIGNS = { passed: "✓", failed: "✗", not_possible: "–" };
const SURE = 0.8;

/** A typed amount, date or time as the server keeps it; `undefined` where it is none. */
export function normal(text, kind) {
  const value = text.trim();
  if (value === "") return null;
  if (kind === "amount") {
    let plain = value.replace(/[\s'’]/g, "");
    const comma = plain.lastIndexOf(","), point = plain.lastIndexOf(".");
    if (comma > -1 && point > -1) plain = comma > point ? plain.replaceAll(".", "").replace(",", ".") : plain.replaceAll(",", "");
    else plain = plain.replace(",", ".");
    return /^[+-]?\d+(\.\d+)?$/.test(plain) ? plain : undefined;
  }
  if (kind === "date") {
    const iso = value.match(/^(\d{4})-(\d{1,2})-(\d{1,2})$/);
    const local = value.match(/^(\d{1,2})[./](\d{1,2})[./](\d{4})$/);
    const [year, month, day] = iso ? iso.slice(1) : local ? [local[3], local[2], local[1]] : [];
    if (!year) return undefined;
    const made = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    return new Date(`${made}T00:00:00Z`).toJSON()?.startsWith(made) ? made : undefined;
  }
  if (kind === "time") {
    const found = value.match(/^(\d{1,2}):(\d{2})(?::(\d{2}))?$/);
    return found && found[1] < 24 && found[2] < 60 ? `${found[1].padStart(2, "0")}:${found[2]}:${found[3] ?? "00"}` : undefined;
  }
  return value;
}

export class Fields {
  constructor(store, { onLines, onRemove, onReviewed }) {
    this.store = store;
    this.root = byId("details");
    this.onLines = onLines;
    this.onRemove = onRemove;
    this.onReviewed = onReviewed;
    this.inputs = new Map();
    store.addEventListener("values", () => this.id && this.draw());
    store.addEventListener("receipt", (event) => event.detail.id === this.id && this.#summary());
  }

  show(id) {
    this.id = id;
    this.root.scrollTop = 0;
    this.draw();
  }

  /** Draw everything anew, but keep the field that has the keyboard as it is. */
  draw() {
    const one = this.store.receipts.get(this.id);
    const details = this.store.details.get(this.id);
    const held = this.root.contains(document.activeElement) ? document.activeElement : null;
    if (held?.dataset.path && this.shape === this.#shape()) { this.#update(held); return; }
    const path = held?.dataset.path;
    this.shape = this.#shape();
    this.inputs.clear();
    this.root.replaceChildren();
    if (!one) return;
    if (!details) {
      this.root.append(element("p", { class: one.state === "failed" ? "check failed" : "soft" },
        one.state === "failed" ? one.problem?.detail ?? "could not be read" : "This receipt is being read …"), this.#actions(one));
      return;
    }
    this.checks = element("div", {});
    this.root.append(this.checks);
    for (const [title, fields] of GROUPS) {
      const shown = fields.filter(([name]) => MAIN.has(name) || this.store.text(this.id, name) !== "");
      const hidden = fields.filter((field) => !shown.includes(field));
      if (title && shown.length) this.root.append(element("h2", {}, title));
      for (const [name, label, kind] of shown) this.root.append(this.#field(name, label, kind));
      if (hidden.length) this.root.append(element("details", {}, element("summary", { class: "soft" }, `More: ${hidden.map((field) => field[1].toLowerCase()).join(", ")}`),
        ...hidden.map(([name, label, kind]) => this.#field(name, label, kind))));
    }
    this.root.append(element("h2", {}, "Items"), this.#items(), element("h2", {}, "Lines"), this.#lines(), this.#actions(one));
    this.#summary();
    if (path) this.inputs.get(path)?.focus();
  }

  /** Paths in the order in which a person goes through them. */
  get doubts() {
    return this.store.receipts.get(this.id)?.doubts?.filter((path) => !this.accepted?.has(`${this.id} ${path}`)) ?? [];
  }

  focus(path) {
    const input = this.inputs.get(path);
    if (!input) return false;
    input.closest("details")?.setAttribute("open", "");
    input.focus();
    input.select();
    return true;
  }

  line(key, { focus = false } = {}) {
    for (const row of this.root.querySelectorAll(".line")) row.classList.toggle("on", row.dataset.line === key);
    if (focus) this.inputs.get(`lines.${key}.text`)?.focus();
  }

  accept(path) {
    (this.accepted ??= new Set()).add(`${this.id} ${path}`);
    if (!this.store.given(this.id, `${path}.accepted`)) this.store.set(this.id, `${path}.accepted`, true);
    this.#summary();
  }

  #shape() {
    return JSON.stringify([this.id, this.store.identifiers(this.id, "items"), this.store.identifiers(this.id, "lines"), Boolean(this.store.details.get(this.id))]);
  }

  #update(held) {
    for (const [path, input] of this.inputs) if (input !== held) {
      const text = path.startsWith("lines.") ? this.store.line(this.id, path.split(".")[1]).text : this.store.text(this.id, path);
      if (input.value !== text) input.value = text;
    }
    this.#summary();
  }

  #input(path, kind, label) {
    const input = element("input", {
      value: this.store.text(this.id, path), data: { path }, class: kind === "amount" ? "amount" : "", autocomplete: "off", spellcheck: false,
      "aria-label": label,
      oninput: () => {
        const value = normal(input.value, kind);
        input.classList.toggle("wrong", value === undefined);
        input.setAttribute("aria-invalid", String(value === undefined));
        if (value !== undefined) this.store.set(this.id, path, value);
      },
      onblur: () => {
        const value = normal(input.value, kind);
        if (value !== undefined && value !== null && input.value !== value) input.value = value;
      },
      onfocus: () => this.onLines(this.#linesOf(path), true),
    });
    if (kind === "amount") input.inputMode = "decimal";
    this.inputs.set(path, input);
    return input;
  }

  #linesOf(path) {
    return (this.store.read(this.id, path)?.lines ?? []).map(([page, line]) => `${page}-${line}`);
  }

  #field(path, label, kind) {
    const input = this.#input(path, kind, label);
    const read = this.store.read(this.id, path);
    const hints = (read?.alternatives ?? []).map((value) => element("button", {
      title: `Take ${value}`, onclick: () => { input.value = value; input.dispatchEvent(new Event("input")); this.accept(path); },
    }, value));
    if (read?.source === "computed") hints.unshift("computed, not printed ");
    const row = element("div", {
      class: "field", data: { row: path },
      onpointerenter: () => this.onLines(this.#linesOf(path), false), onpointerleave: () => this.onLines([], false),
    }, element("label", { onclick: () => input.focus() }, label), input,
      element("button", { class: "mark", onclick: () => this.accept(path) }),
      hints.length ? element("div", { class: "hint" }, ...hints) : null);
    return row;
  }

  #items() {
    const body = element("tbody");
    for (const key of this.store.identifiers(this.id, "items")) {
      const path = `items.${key}`;
      const row = element("tr", {
        data: { row: path }, onpointerenter: () => this.onLines(this.#linesOf(`${path}.amount`).concat(this.#linesOf(`${path}.description`)), false),
        onpointerleave: () => this.onLines([], false),
      });
      for (const [name, label, kind] of [["description", "Description"], ["quantity", "Quantity", "amount"], ["unit_price", "Price", "amount"], ["amount", "Amount", "amount"]])
        row.append(element("td", { data: { row: `${path}.${name}` } }, this.#input(`${path}.${name}`, kind, `${label} of item`)));
      row.append(element("td", {}, element("button", { class: "remove", "aria-label": "Delete this item", title: "Delete", onclick: () => { this.store.set(this.id, `${path}.deleted`, true); this.draw(); } }, "×")));
      body.append(row);
    }
    const add = element("button", { class: "quiet", onclick: () => {
      const key = `n${crypto.randomUUID().slice(0, 8)}`;
      this.store.set(this.id, `items.${key}.deleted`, false);
      this.draw();
      this.focus(`items.${key}.description`);
    } }, "+ item");
    return element("table", { id: "items" }, element("thead", {}, element("tr", {}, ...["Description", "Qty", "Price", "Amount", ""].map((name) => element("th", { scope: "col" }, name)))), body,
      element("tfoot", {}, element("tr", {}, element("td", { colSpan: 5 }, add))));
  }

  #lines() {
    const list = element("div", { id: "lines" });
    const keys = this.store.identifiers(this.id, "lines");
    keys.forEach((key, k) => {
      const line = this.store.line(this.id, key);
      const path = `lines.${key}.text`;
      const input = this.#input(path, undefined, "Line of text");
      input.value = line.text;
      input.onfocus = () => { this.onLines([key], true); this.line(key); };
      const merge = keys[k + 1] ? element("button", { class: "remove", title: "Join with the next line", "aria-label": "Join with the next line", onclick: () => {
        const next = this.store.line(this.id, keys[k + 1]);
        this.store.set(this.id, path, `${line.text} ${next.text}`.trim());
        this.store.set(this.id, `lines.${keys[k + 1]}.deleted`, true);
        this.draw();
      } }, "⤶") : element("span");
      const remove = element("button", { class: "remove", title: "Delete this line", "aria-label": "Delete this line", onclick: () => { this.store.set(this.id, `lines.${key}.deleted`, true); this.draw(); } }, "×");
      list.append(element("div", { class: `line${line.confidence < SURE ? " doubtful" : ""}`, data: { line: key }, onpointerenter: () => this.onLines([key], false) }, input, merge, remove));
    });
    return element("details", { open: this.linesOpen ?? false, ontoggle: (event) => { this.linesOpen = event.target.open; } },
      element("summary", { class: "soft" }, `${keys.length} lines of text`), list);
  }

  #actions(one) {
    const reviewed = one.state === "reviewed";
    return element("div", { class: "actions" },
      element("button", { id: "reviewed", class: "primary", title: "r", onclick: () => this.onReviewed(!reviewed) }, reviewed ? "Open again" : "Reviewed"),
      element("button", { onclick: () => this.onRemove(this.id) }, "Delete receipt"));
  }

  /** Checks, doubts and marks: what changes while somebody types. */
  #summary() {
    const one = this.store.receipts.get(this.id);
    if (!one || !this.checks) return;
    this.checks.replaceChildren(...(one.checks ?? []).map((check) => element("div", { class: `check ${check.status}` }, element("span", { "aria-hidden": "true" }, SIGNS[check.status]),
      element("span", {}, check.message || check.name.replaceAll("_", " ")))), ...(one.warnings ?? []).map((warning) => element("p", { class: "warning" }, warning.message)));
    const doubts = new Set(this.doubts);
    for (const row of this.root.querySelectorAll("[data-row]")) {
      const path = row.dataset.row;
      if (row.tagName === "TR") continue;
      const given = this.store.given(this.id, path) !== undefined;
      const accepted = Boolean(this.store.given(this.id, `${path}.accepted`));
      row.classList.toggle("doubtful", doubts.has(path));
      row.classList.toggle("edited", given);
      const mark = row.querySelector(".mark");
      if (!mark) continue;
      const [sign, words] = given ? ["✎", "Changed by hand"] : accepted ? ["✓", "Accepted"] : doubts.has(path) ? ["?", "Doubtful: press Enter in the field, or here, to accept"] : ["", "Accept"];
      mark.textContent = sign;
      mark.title = words;
      mark.setAttribute("aria-label", words);
    }
    const button = this.root.querySelector("#reviewed");
    if (button) button.textContent = one.state === "reviewed" ? "Open again" : "Reviewed";
  }
}
