// The strip of receipts with their states, and the filters above it.

import { call } from "./api.js";
import { byId, element } from "./dom.js";

/** States of the server with their sign, what they are called, and the filter that they belong to. */
const STATES = {
  waiting: ["…", "unread", "unread"], reading: ["…", "being read", "unread"], read: ["?", "doubtful", "doubtful"], doubtful: ["?", "doubtful", "doubtful"],
  checked: ["✓", "checked", "checked"], reviewed: ["✓", "reviewed", "reviewed"], failed: ["✕", "failed", "failed"],
};
const FILTERS = ["unread", "doubtful", "checked", "reviewed", "failed"];

export class Strip {
  constructor(store, open) {
    this.store = store;
    this.open = open;
    this.rows = new Map();
    this.chosen = new Set();
    this.words = [];
    this.state = null;
    this.twins = new Map();
    this.searched = new WeakMap();
    this.visible = [];
    // Kept for good: what is pressed must not be another element when it is let go.
    this.filters = new Map([null, ...FILTERS].map((name) => [name, element("button", { class: `filter ${name ?? ""}`, hidden: true, onclick: () => this.filter(name) })]));
    byId("filters").append(...this.filters.values());
    this.thumbs = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.#thumb(entry.target);
    }, { root: byId("strip"), rootMargin: "300px" });
    store.addEventListener("list", () => this.draw());
    store.addEventListener("receipt", (event) => this.#fill(event.detail.id));
  }

  search(text) {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#sift();
  }

  /** Show each receipt once, in the order of the pile. */
  draw() {
    const list = byId("receipts");
    for (const [id, row] of this.rows) if (!this.store.receipts.has(id)) { row.remove(); this.rows.delete(id); this.chosen.delete(id); }
    this.twins = twins(this.store);
    let next = list.firstElementChild;
    for (const id of this.store.order) {
      const row = this.rows.get(id) ?? this.#row(id);
      if (row === next) next = next.nextElementSibling;
      else list.insertBefore(row, next);
      this.#fill(id);
    }
    this.#sift();
    document.body.classList.toggle("pile-empty", this.store.order.length === 0 && !byId("uploads").children.length);
  }

  current(id) {
    this.rows.get(this.open_)?.firstChild.removeAttribute("aria-current");
    this.open_ = id;
    const row = this.rows.get(id);
    row?.firstChild.setAttribute("aria-current", "true");
    row?.scrollIntoView({ block: "nearest" });
  }

  choose(id) {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.#fill(id, true);
  }

  #matches(one) {
    if (this.state && STATES[one.state]?.[2] !== this.state) return false;
    if (!this.words.length) return true;
    let text = this.searched.get(one);
    if (text === undefined) {
      text = [one.merchant, one.date, one.total, one.name, one.state, one.text].join(" ").toLowerCase();
      this.searched.set(one, text);
    }
    return this.words.every((word) => text.includes(word));
  }

  /** Hide what the search and the filter leave out. */
  #sift() {
    const counts = new Map();
    this.visible = [];
    for (const id of this.store.order) {
      const one = this.store.receipts.get(id);
      const name = STATES[one.state]?.[2];
      counts.set(name, (counts.get(name) ?? 0) + 1);
      const matches = this.#matches(one);
      if (matches) this.visible.push(id);
      const row = this.rows.get(id);
      if (row && row.hidden === matches) row.hidden = !matches;
    }
    const told = JSON.stringify([this.store.order.length, this.state, ...counts]);
    if (told !== this.told) {
      this.told = told;
      for (const [name, button] of this.filters) {
        const count = name ? counts.get(name) ?? 0 : this.store.order.length;
        button.textContent = name ? `${count} ${name}` : `All ${count}`;
        button.hidden = Boolean(name) && !count && name !== this.state;
        button.setAttribute("aria-pressed", String(this.state === name));
      }
    }
    byId("found").hidden = !this.words.length;
    byId("found").textContent = this.visible.length ? `${this.visible.length} of ${this.store.order.length} found` : "Nothing is found.";
  }

  filter(state) {
    this.state = state === this.state ? null : state;
    this.#sift();
  }

  #row(id) {
    const button = element("button", {
      class: "receipt", data: { id },
      onclick: (event) => (event.ctrlKey || event.metaKey ? this.choose(id) : this.open(id)),
    },
      element("span", { class: "thumb", "aria-hidden": "true" }), element("span", { class: "pair" }, element("span", { class: "shop" }), element("span", { class: "total" })),
      element("span", { class: "pair" }, element("span", { class: "day soft" }), element("span", { class: "state" })), element("span", { class: "note" }));
    this.thumbs.observe(button);
    const row = element("li", {}, button);
    this.rows.set(id, row);
    return row;
  }

  #fill(id, again = false) {
    const row = this.rows.get(id);
    const one = this.store.receipts.get(id);
    if (!row || !one) return;
    const twin = this.twins.get(id);
    const chosen = this.chosen.has(id);
    if (!again && row.one === one && row.twin === twin) return;
    Object.assign(row, { one, twin });
    const button = row.firstChild;
    const [, top, below, note] = button.children;
    const [[shop, total], [day, state]] = [top.children, below.children];
    shop.textContent = one.merchant || one.name;
    total.textContent = one.total === null ? "" : `${one.total} ${one.currency ?? ""}`.trim();
    day.textContent = one.date ?? (one.merchant ? one.name : "");
    const [sign, word] = STATES[one.state] ?? ["", one.state];
    state.className = `state ${one.state}`;
    state.textContent = one.state === "doubtful" && one.doubts.length ? `${sign} ${one.doubts.length} doubtful` : `${sign} ${word}`;
    const notes = [one.state === "failed" ? one.problem?.detail : "", twin ? `same as ${twin}` : "", chosen ? "chosen for the export" : ""];
    note.textContent = notes.filter(Boolean).join(" · ");
    note.className = `note ${one.state}`;
    button.classList.toggle("chosen", chosen);
    if (one.pages && row.seen) this.#thumb(button);
  }

  async #thumb(button) {
    const row = button.parentElement;
    row.seen = true;
    if (!this.store.receipts.get(button.dataset.id)?.pages || row.asked) return;
    row.asked = true;
    this.thumbs.unobserve(button);
    try {
      const blob = await (await call(`/v1/review/receipts/${button.dataset.id}/pages/0?width=88`)).blob();
      button.firstChild.replaceWith(element("img", { src: URL.createObjectURL(blob), alt: "", class: "thumb" }));
    } catch { row.asked = false; /* a receipt without a picture keeps its grey square */ }
  }
}

/** For each receipt that looks like an earlier one, the file name of that one. */
function twins(store) {
  const first = new Map();
  const found = new Map();
  for (const id of store.order) {
    const one = store.receipts.get(id);
    const facts = one.merchant && one.date && one.total ? `${one.merchant.toLowerCase()}|${one.date}|${one.total}` : null;
    const keys = [one.sha256, facts].filter(Boolean);
    const known = keys.find((key) => first.has(key));
    if (known) found.set(id, first.get(known));
    for (const key of keys) if (!first.has(key)) first.set(key, one.name);
  }
  return found;
}
