// The fields, items and lines of the open receipt as a form. A field that has the keyboard is never drawn anew.

import { json } from "./api.js";
import { byId, element } from "./dom.js";
import { lineList } from "./lines.js";
import { EXPECTED, normal, plural } from "./values.js";

const GROUPS = [
  ["", [["merchant.name", "Shop"], ["date", "Date", "date"], ["time", "Time", "time"], ["total", "Total", "amount"], ["currency", "Currency"]]],
  ["Sums", [["subtotal", "Subtotal", "amount"], ["discount", "Discount", "amount"], ["tax", "Tax", "amount"], ["service_charge", "Service", "amount"], ["tip", "Tip", "amount"], ["rounding", "Rounding", "amount"], ["paid", "Paid", "amount"], ["change", "Change", "amount"]]],
  ["Shop and receipt", [["merchant.address", "Address"], ["merchant.phone", "Phone"], ["merchant.tax_id", "Tax number"], ["merchant.website", "Website"], ["number", "Receipt no."]]],
];
/** Shown also where nothing was read. */
const MAIN = new Set(["merchant.name", "date", "total", "currency", "subtotal", "tax"]);
const TABLES = [
  ["items", "Items", "item", [["description", "Description"], ["quantity", "Qty", "amount"], ["unit_price", "Price", "amount"], ["amount", "Amount", "amount"]]],
  ["taxes", "Taxes", "tax", [["rate", "Rate %", "amount"], ["net", "Net", "amount"], ["tax", "Tax", "amount"], ["gross", "Gross", "amount"]]],
  ["payments", "Payments", "payment", [["method", "Method"], ["amount", "Amount", "amount"]]],
];
const SIGNS = { passed: "✓", failed: "✕", not_possible: "–" };
const SPOKEN = { passed: "agrees", failed: "does not agree", not_possible: "cannot be checked" };

export class Fields {
  constructor(store, { onLines, onRemove, onReviewed, onNext, onRedraw, onError }) {
    this.store = store;
    this.root = byId("details");
    Object.assign(this, { onLines, onRemove, onReviewed, onNext, onRedraw, onError });
    this.inputs = new Map();
    // Names of the parts that are unfolded.
    this.unfolded = new Set();
    this.#hold();
    store.addEventListener("values", () => this.id && this.draw());
    store.addEventListener("receipt", (event) => event.detail.id === this.id && this.#summary());
  }

  show(id) {
    if (id !== this.id) this.pressed = false;
    this.id = id;
    this.shape = null;
    this.draw();
    this.root.scrollTop = 0;
  }

  /** Draw everything anew where rows came or went, or `all` is given; else put the present values into the fields. */
  draw(all = false) {
    const one = this.store.receipts.get(this.id);
    const held = this.root.contains(document.activeElement) ? document.activeElement : null;
    const shape = this.#shape();
    if (!all && this.shape === shape) { this.#update(held); return; }
    if (this.pressed) { this.late = true; return; }
    this.late = false;
    const scrolled = this.root.scrollTop;
    const at = held && this.#place(held);
    this.#remember();
    this.shape = shape;
    this.inputs.clear();
    this.checks = null;
    this.root.replaceChildren();
    if (!one) return;
    if (!this.store.details.has(this.id)) { this.root.append(...this.#unread(one)); return; }
    this.checks = element("div", { class: "checks" });
    this.root.append(this.checks, ...GROUPS.flatMap(([title, fields]) => this.#group(title, fields)), ...TABLES.flatMap((table) => this.#table(...table)),
      this.#lines(), this.#history(), this.#actions(one));
    this.#summary();
    this.root.scrollTop = scrolled;
    if (held?.dataset.path) this.#go(held);
    else if (at) [...this.root.querySelectorAll(held.localName)].find((one) => this.#place(one) === at)?.focus();
  }

  /** Go on in a field that was drawn anew while it had the keyboard: with the same text, also where it is no value yet. */
  #go(held) {
    const input = this.inputs.get(held.dataset.path);
    if (!input) return;
    input.closest("details")?.setAttribute("open", "");
    input.value = held.value;
    for (const name of ["title", "aria-invalid"]) if (held.hasAttribute(name)) input.setAttribute(name, held.getAttribute(name));
    input.classList.toggle("wrong", held.classList.contains("wrong"));
    input.focus();
    input.setSelectionRange(held.selectionStart, held.selectionEnd);
  }

  /** What is pressed, or being composed by an input method, stays until that has ended: a click on what was drawn anew would be lost. */
  #hold() {
    let timer = null;
    // Not for a menu, after which nothing may tell that the button is up.
    const press = (event) => { if (!event.button) { clearTimeout(timer); this.pressed = true; } };
    const release = (wait) => { clearTimeout(timer); timer = setTimeout(() => { this.pressed = false; if (this.late) this.draw(true); }, wait); };
    for (const name of ["pointerdown", "compositionstart"]) this.root.addEventListener(name, press);
    this.root.addEventListener("compositionend", () => release(0));
    // The click of a finger comes a while after it was lifted.
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, (event) => this.pressed && release(event.pointerType === "mouse" ? 0 : 300));
    // What the click does may draw at once.
    this.root.addEventListener("click", () => { this.pressed = false; release(0); }, true);
  }

  /** Which parts are unfolded. Asked of the page, whose events come later; the lines stay so for the next receipt. */
  #remember() {
    for (const part of this.root.querySelectorAll("details")) if (part.open) this.unfolded.add(part.dataset.part); else this.unfolded.delete(part.dataset.part);
    if (this.drawn !== this.id) this.unfolded = new Set(this.unfolded.has("lines") ? ["lines"] : []);
    this.drawn = this.id;
  }

  /** A part that is folded away until somebody wants it. */
  #part(name, summary, content, kind = "", onUnfold = () => {}) {
    const part = element("details", {
      data: { part: name }, class: kind, open: this.unfolded.has(name),
      // The event comes later than the click: in the meantime another may have been drawn in its place.
      ontoggle: () => part.open && part.isConnected && onUnfold(),
    }, element("summary", {}, summary), ...content);
    return part;
  }

  /** What tells a button from all others, also after it was drawn anew. */
  #place(one) {
    const words = one.matches(".mark, summary") ? "" : one.getAttribute("aria-label") || one.title || one.textContent;
    return JSON.stringify([one.closest("[data-row]")?.dataset.row, one.closest("[data-line]")?.dataset.line, one.closest("details")?.dataset.part, one.className, words]);
  }

  /** Paths in the order in which a person goes through them. */
  get doubts() {
    return this.store.receipts.get(this.id)?.doubts?.filter((path) => !this.#accepted(path)) ?? [];
  }

  focus(path) {
    const input = this.inputs.get(path);
    if (!input) return false;
    input.closest("details")?.setAttribute("open", "");
    input.focus();
    input.select();
    return true;
  }

  /** Show which line is looked at; with `focus` its text gets the keyboard. */
  line(key, { focus = false } = {}) {
    if (focus) this.#unfoldLines();
    for (const row of this.root.querySelectorAll(".line")) row.classList.toggle("on", row.dataset.line === key);
    if (focus) this.inputs.get(`lines.${key}.text`)?.focus();
  }

  #unfoldLines() {
    const part = this.root.querySelector("[data-part=lines]");
    if (!part) return;
    part.open = true;
    this.fillLines();
  }

  /** Show which fields were read from a line. */
  from(keys) {
    for (const row of this.root.querySelectorAll("[data-row]")) row.classList.toggle("on", keys.length > 0 && this.#linesOf(row.dataset.row).some((key) => keys.includes(key)));
  }

  /** Take a field as right; false, and the reason, where its text is none. */
  accept(path) {
    const input = this.inputs.get(path);
    if (input?.classList.contains("wrong")) { this.onError(new Error(input.title)); return false; }
    // What was taken as right is the present value: another one, of corrected lines, is not.
    if (!this.#accepted(path)) this.store.set(this.id, `${path}.accepted`, this.store.text(this.id, path));
    this.#summary();
    return true;
  }

  #accepted(path) {
    const accepted = this.store.given(this.id, `${path}.accepted`);
    return accepted === true || accepted === this.store.text(this.id, path);
  }

  input(path, kind, label) {
    const input = element("input", {
      value: this.store.text(this.id, path), data: { path }, class: kind === "amount" ? "amount" : "", autocomplete: "off", spellcheck: false, "aria-label": label,
      oninput: () => {
        const value = normal(input.value, kind);
        this.#judge(input, value, kind);
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

  #judge(input, value, kind) {
    const wrong = value === undefined;
    input.classList.toggle("wrong", wrong);
    if (wrong) { input.title = `“${input.value}” is ${EXPECTED[kind]}`; input.setAttribute("aria-invalid", "true"); }
    else { input.removeAttribute("title"); input.removeAttribute("aria-invalid"); }
  }

  #shape() {
    const groups = ["items", "taxes", "payments", "lines"].map((group) => this.store.identifiers(this.id, group));
    const fields = GROUPS.flatMap(([, some]) => some).map(([name]) => this.store.read(this.id, name)).map((field) => field && [field.alternatives, field.source]);
    return JSON.stringify([this.id, groups, fields, this.store.details.has(this.id), this.store.receipts.get(this.id)?.state === "failed"]);
  }

  #update(held) {
    for (const [path, input] of this.inputs) if (input !== held && !input.classList.contains("wrong")) {
      const text = path.startsWith("lines.") ? this.store.line(this.id, path.split(".")[1]).text : this.store.text(this.id, path);
      if (input.value !== text) input.value = text;
    }
    this.#summary();
  }

  #unread(one) {
    if (one.state !== "failed") return [element("p", { class: "soft wait" }, one.state === "reading" ? "This receipt is being read …" : "This receipt waits to be read …"), this.#actions(one)];
    return [element("div", { class: "check failed" }, element("span", { "aria-hidden": "true" }, SIGNS.failed), element("div", {}, element("strong", {}, `${one.name} could not be read`), element("p", {}, one.problem?.detail ?? "The reason is not known."))), this.#actions(one)];
  }

  #linesOf(path) {
    const found = this.store.read(this.id, path);
    const fields = found && !("value" in found) ? Object.values(found) : [found];
    return fields.flatMap((field) => (field?.lines ?? []).map(([page, line]) => `${page}-${line}`));
  }

  #hovered(path) {
    return { onpointerenter: () => this.onLines(this.#linesOf(path), false), onpointerleave: () => this.onLines([], false) };
  }

  #group(title, fields) {
    const shown = fields.filter(([name]) => MAIN.has(name) || this.store.text(this.id, name) !== "");
    const hidden = fields.filter((field) => !shown.includes(field));
    const rows = (some) => some.map(([name, label, kind]) => this.#field(name, label, kind));
    const more = this.#part(`more ${title}`, `Add ${hidden.map((field) => field[1].toLowerCase()).join(", ")}`, rows(hidden));
    return [title ? element("h2", {}, title) : null, ...rows(shown), hidden.length ? more : null].filter(Boolean);
  }

  #field(path, label, kind) {
    const input = this.input(path, kind, label);
    const read = this.store.read(this.id, path);
    const hints = (read?.alternatives ?? []).map((value) => element("button", {
      title: `Take ${value}`, onclick: () => { input.value = value; input.dispatchEvent(new Event("input")); this.accept(path); },
    }, value));
    if (hints.length) hints.unshift("or ");
    if (read?.source === "computed") hints.unshift("computed, not printed ");
    return element("div", { class: `field ${path === "total" ? "main" : ""}`, data: { row: path }, ...this.#hovered(path) },
      element("span", { class: "label", "aria-hidden": "true", onclick: () => input.focus() }, label), input,
      element("button", { class: "mark", tabIndex: -1, onclick: () => this.accept(path) }), hints.length ? element("div", { class: "hint" }, ...hints) : null);
  }

  #table(group, title, word, columns) {
    const keys = this.store.identifiers(this.id, group);
    const head = element("tr", {}, ...[...columns, ["", ""]].map(([, name, kind]) => element("th", { scope: "col", class: kind ?? "" }, name)));
    const body = element("tbody", {}, ...keys.map((key, k) => {
      const path = `${group}.${key}`;
      const remove = element("button", { class: "remove", "aria-label": `Delete ${word} ${k + 1}`, title: "Delete", onclick: () => { this.store.set(this.id, `${path}.deleted`, true); this.draw(true); } }, "×");
      return element("tr", { data: { row: path }, ...this.#hovered(path) },
        ...columns.map(([name, label, kind]) => element("td", { data: { row: `${path}.${name}` } }, this.input(`${path}.${name}`, kind, `${label} of ${word} ${k + 1}`))), element("td", {}, remove));
    }));
    const add = element("button", { class: "quiet add", onclick: () => {
      const key = `n${crypto.randomUUID().slice(0, 8)}`;
      this.store.set(this.id, `${group}.${key}.deleted`, false);
      this.draw(true);
      this.focus(`${group}.${key}.${columns[0][0]}`);
    } }, `+ ${word}`);
    const table = keys.length ? element("table", { id: group }, element("thead", {}, head), body) : null;
    return [element("h2", {}, title, add), table].filter(Boolean);
  }

  #lines() {
    const place = element("div");
    const count = this.store.identifiers(this.id, "lines").length;
    this.fillLines = () => { if (!place.firstChild) place.append(lineList(this, this.onRedraw, this.onError)); };
    const part = this.#part("lines", plural(count, "line") + " of text", [place], "section", this.fillLines);
    if (part.open) this.fillLines();
    return part;
  }

  #history() {
    const list = element("ol", { class: "history" });
    const said = (value) => (value?.unset ? "as read" : value === null || value === undefined ? "nothing" : Array.isArray(value) ? "drawn" : String(value));
    const ask = async () => {
      try {
        const { edits } = await json(`/v1/review/receipts/${this.id}/history`);
        list.replaceChildren(...edits.reverse().map((edit) => element("li", {}, element("strong", {}, edit.path.replace("merchant.", "").replaceAll(/[._]/g, " ")), ` ${edit.before === null ? "" : `${said(edit.before)} → `}${said(edit.after)} `,
          element("span", { class: "soft" }, `${new Date(edit.at * 1000).toLocaleString()}, ${edit.who}`))));
        if (!edits.length) list.replaceChildren(element("li", { class: "soft" }, "Nobody has changed anything."));
      } catch (error) { this.onError(error); }
    };
    return this.#part("changes", "Changes", [list], "section", ask);
  }

  #actions(one) {
    const button = (words, key, kind, onclick) => element("button", { class: kind, title: key ? `${words} (${key})` : words, onclick }, words, key ? element("kbd", { "aria-hidden": "true" }, key) : null);
    const remove = button("Delete", "", "quiet danger-text", () => this.onRemove(this.id));
    if (!this.store.details.has(one.id)) return element("div", { class: "actions foot" }, remove);
    const reviewed = button("Reviewed", "r", "primary", () => this.onReviewed(this.store.receipts.get(this.id)?.state !== "reviewed"));
    reviewed.id = "reviewed";
    return element("div", { class: "actions foot" }, reviewed, button("Next doubt", "n", "", this.onNext), remove);
  }

  /** Checks, doubts and marks: what changes while somebody types. */
  #summary() {
    const one = this.store.receipts.get(this.id);
    if (!one) return;
    if (!this.checks) { if (this.shape !== this.#shape()) this.draw(true); return; }
    const checks = one.checks ?? [];
    const told = JSON.stringify([checks, one.warnings]);
    if (told !== this.checks.dataset.told) {
      this.checks.dataset.told = told;
      this.checks.replaceChildren(...checks.map((check) => element("div", { class: `check ${check.status}` }, element("span", { role: "img", "aria-label": SPOKEN[check.status] }, SIGNS[check.status]), element("span", {}, check.message || check.name.replaceAll("_", " ")))),
        ...(one.warnings ?? []).map((warning) => element("div", { class: "check warning" }, element("span", { "aria-hidden": "true" }, "!"), element("span", {}, warning.message))));
    }
    const status = checks.find((check) => check.name === "total")?.status;
    const doubts = new Set(this.doubts);
    for (const row of this.root.querySelectorAll("[data-row]")) {
      const path = row.dataset.row;
      if (row.tagName === "TR") continue;
      const given = this.store.given(this.id, path) !== undefined;
      const accepted = this.#accepted(path);
      row.classList.toggle("doubtful", doubts.has(path));
      row.classList.toggle("edited", given);
      if (path === "total") { row.classList.toggle("passed", status === "passed"); row.classList.toggle("failed", status === "failed"); }
      const mark = row.querySelector(".mark");
      if (!mark) continue;
      const [sign, words] = given ? ["✎", "Changed by hand"] : accepted ? ["✓", "Accepted"] : doubts.has(path) ? ["?", "Doubtful: Enter in the field, or a click here, accepts it"] : ["", "Accept"];
      mark.textContent = sign;
      mark.title = words;
      mark.setAttribute("aria-label", words);
    }
    const button = this.root.querySelector("#reviewed");
    if (button) button.firstChild.textContent = one.state === "reviewed" ? "Open again" : "Reviewed";
  }
}
