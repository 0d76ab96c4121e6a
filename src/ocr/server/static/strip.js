// The strip of receipts with their states, and the rows of files on their way.

import { call } from "./api.js";
import { byId, element } from "./dom.js";

const STATES = {
  waiting: ["…", "unread"], reading: ["…", "being read"], doubtful: ["?", "doubtful"], checked: ["✓", "checked"],
  reviewed: ["✔", "reviewed"], failed: ["✗", "failed"], read: ["?", "doubtful"],
};

export class Strip {
  constructor(store, open) {
    this.store = store;
    this.open = open;
    this.rows = new Map();
    this.chosen = new Set();
    this.filter = "";
    this.thumbs = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.#thumb(entry.target);
    }, { root: byId("strip"), rootMargin: "300px" });
    store.addEventListener("list", () => this.draw());
    store.addEventListener("receipt", (event) => this.#refresh(event.detail.id));
  }

  get visible() {
    return this.store.order.filter((id) => this.#matches(this.store.receipts.get(id)));
  }

  #matches(one) {
    if (!this.filter) return true;
    const words = this.filter.toLowerCase().split(/\s+/);
    const text = [one.merchant, one.date, one.total, one.name, one.state, one.text].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }

  draw() {
    const ids = this.visible;
    const list = byId("receipts");
    for (const [id, row] of this.rows) if (!ids.includes(id)) { row.remove(); this.rows.delete(id); }
    const shops = duplicates(this.store);
    ids.forEach((id, k) => {
      let row = this.rows.get(id);
      if (!row) { row = this.#row(id); this.rows.set(id, row); }
      if (list.children[k] !== row) list.insertBefore(row, list.children[k] ?? null);
      this.#fill(id, row, shops);
    });
    const counts = {};
    for (const one of this.store.receipts.values()) {
      const name = STATES[one.state]?.[1] ?? one.state;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    byId("strip-summary").textContent = this.filter ? `${ids.length} of ${this.store.order.length} found` : parts.join(" · ");
    document.body.classList.toggle("pile-empty", this.store.order.length === 0 && !byId("uploads").children.length);
  }

  current(id) {
    for (const [other, row] of this.rows) row.firstChild.setAttribute("aria-current", String(other === id));
    this.rows.get(id)?.scrollIntoView({ block: "nearest" });
  }

  choose(id) {
    if (!this.chosen.delete(id)) this.chosen.add(id);
    this.rows.get(id)?.firstChild.classList.toggle("chosen", this.chosen.has(id));
  }

  #row(id) {
    const button = element("button", {
      class: "receipt", data: { id },
      onclick: (event) => (event.ctrlKey || event.metaKey ? this.choose(id) : this.open(id)),
    },
      element("span", { class: "thumb", "aria-hidden": "true" }), element("span", { class: "shop" }),
      element("span", { class: "sum" }, element("span", { class: "day soft" }), element("span", { class: "total" })),
      element("span", { class: "state" }));
    this.thumbs.observe(button);
    return element("li", {}, button);
  }

  #refresh(id) {
    const row = this.rows.get(id);
    if (row) this.#fill(id, row, null);
  }

  #fill(id, row, shops) {
    const one = this.store.receipts.get(id);
    const put = (name, text) => { const found = row.querySelector(name); if (found.textContent !== text) found.textContent = text; };
    put(".shop", one.merchant || one.name);
    put(".day", one.date ?? "");
    put(".total", one.total === null ? "" : `${one.total} ${one.currency ?? ""}`.trim());
    const [sign, word] = STATES[one.state] ?? ["", one.state];
    const twin = shops ? shops.get(id) : row.dataset.twin;
    if (shops) row.dataset.twin = twin ?? "";
    const reason = one.state === "failed" ? `: ${one.problem?.detail ?? ""}` : "";
    const doubts = one.state === "doubtful" ? ` (${one.doubts.length})` : "";
    put(".state", `${sign} ${word}${doubts}${reason}${twin ? ` · same as ${twin}` : ""}`);
    row.querySelector(".state").className = `state ${one.state}`;
    if (one.pages && this.seen?.has(id)) this.#thumb(row.firstChild);
  }

  async #thumb(button) {
    const id = button.dataset.id;
    (this.seen ??= new Set()).add(id);
    const place = button.querySelector(".thumb");
    if (!place || !this.store.receipts.get(id)?.pages || button.dataset.asked) return;
    button.dataset.asked = "yes";
    try {
      const blob = await (await call(`/v1/review/receipts/${id}/pages/0?width=88`)).blob();
      place.replaceWith(element("img", { src: URL.createObjectURL(blob), alt: "", class: "thumb" }));
    } catch { /* a receipt without a picture keeps its grey square */ }
  }
}

/** For each receipt that looks like another one, the name of the first of them. */
export function duplicates(store) {
  const first = new Map();
  const found = new Map();
  for (const id of store.order) {
    const one = store.receipts.get(id);
    const facts = one.merchant && one.date && one.total ? `${one.merchant.toLowerCase()}|${one.date}|${one.total}` : null;
    for (const key of [one.sha256, facts]) {
      if (!key) continue;
      if (first.has(key)) { found.set(id, first.get(key)); break; }
      first.set(key, one.merchant || one.name);
    }
  }
  return found;
}
