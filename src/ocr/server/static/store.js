// What the page knows: receipts as the server summed them up, what was read of each, and what people changed.

import { EditQueue, json } from "./api.js";

export const UNSET = { unset: true };

export class Store extends EventTarget {
  constructor() {
    super();
    this.receipts = new Map();
    this.order = [];
    this.details = new Map();
    this.opening = new Map();
    this.clock = 0;
    this.undone = [];
    this.done = [];
    this.edits = new EditQueue((queue, answer, error) => {
      if (answer) this.#kept(answer);
      this.#tell("saving", { count: queue.count, failed: queue.failed, error });
    });
  }

  async load() {
    const answer = await json("/v1/review/receipts");
    this.clock = answer.clock;
    this.receipts = new Map(answer.receipts.map((one) => [one.id, one]));
    this.order = answer.receipts.map((one) => one.id);
    this.#tell("list");
  }

  /** Ask for what others, or the server, changed since. */
  async poll() {
    const answer = await json(`/v1/review/changes?since=${this.clock}`);
    if (answer.clock === this.clock || !answer.order) return;
    // The pile was put back to an earlier state: what is known of it is newer, and yet gives way.
    if (answer.clock < this.clock) for (const one of this.receipts.values()) one.changed = 0;
    this.clock = answer.clock;
    const known = new Set(answer.order);
    for (const one of answer.receipts) {
      if (this.#late(one)) continue;
      const before = this.receipts.get(one.id);
      if (before && before.pages !== one.pages) this.details.delete(one.id);
      const details = this.details.get(one.id);
      if (details) Object.assign(details, { values: answer.values[one.id] ?? {}, reading: answer.readings[one.id] ?? null });
      this.#put(one);
    }
    for (const id of [...this.receipts.keys()]) if (!known.has(id)) this.#forget(id);
    this.order = answer.order.filter((id) => this.receipts.has(id));
    this.#tell("list");
    this.#tell("values");
  }

  /** Ask for what was read of a receipt, once however many ask for it. */
  open(id) {
    if (!this.opening.has(id)) this.opening.set(id, this.#fetch(id).finally(() => this.opening.delete(id)));
    return this.opening.get(id);
  }

  async #fetch(id) {
    while (!this.details.has(id) && this.receipts.has(id)) {
      const answer = await json(`/v1/review/receipts/${id}`);
      if (this.#late(answer)) continue;
      if (!this.receipts.has(id)) break;
      if (answer.document) this.details.set(id, { document: answer.document, values: answer.values, reading: answer.reading });
      this.#put(answer);
      break;
    }
    return this.details.get(id);
  }

  /** Whether a newer answer about a receipt was faster than this one. */
  #late(one) { return this.receipts.get(one.id)?.changed > one.changed; }

  /** What a person gave for a path, sent or not; `undefined` where nobody did. */
  given(id, path) {
    const waiting = this.edits.value(id, path);
    const value = waiting !== undefined ? waiting : this.details.get(id)?.values[path];
    return value?.unset ? undefined : value;
  }

  /** The present text of a field. */
  text(id, path) {
    const given = this.given(id, path);
    if (given !== undefined) return given ?? "";
    return this.read(id, path)?.value ?? "";
  }

  /** The receipt as it follows from its lines: as it was read, or where people changed lines, as the server derived it anew. */
  reading(id) {
    const details = this.details.get(id);
    return details?.reading ?? details?.document.receipts[0];
  }

  /** The field of a path of it: value, text, confidence, lines, alternatives; `null` where there is none. */
  read(id, path) {
    let found = this.reading(id);
    for (const part of path.split(".")) found = found?.[part];
    return found ?? null;
  }

  /** Change a path, so that it can be undone. Typing on in the same field is one step. */
  set(id, path, value) {
    const before = this.given(id, path);
    if (before === value) return;
    const last = this.done.at(-1);
    if (last && last.id === id && last.path === path && Date.now() - last.at < 2000) Object.assign(last, { after: value, at: Date.now() });
    else this.done.push({ id, path, before, after: value, at: Date.now() });
    this.undone = [];
    this.#apply(id, path, value);
  }

  undo() { return this.#step(this.done, this.undone, "before"); }
  redo() { return this.#step(this.undone, this.done, "after"); }

  #step(from, to, which) {
    const step = from.pop();
    if (!step) return null;
    to.push({ ...step, at: 0 });
    this.#apply(step.id, step.path, step[which] === undefined ? UNSET : step[which]);
    this.#tell("values");
    return step;
  }

  #apply(id, path, value) {
    this.edits.push(id, path, value);
    const values = this.details.get(id)?.values;
    if (values) { if (value?.unset) delete values[path]; else values[path] = value; }
    this.#tell("edited", { id, path });
  }

  identifiers(id, group) {
    const values = this.details.get(id)?.values ?? {};
    const reading = this.reading(id);
    const own = group === "lines"
      ? (this.details.get(id)?.document.pages ?? []).flatMap((page, p) => page.rows.flat().map((k) => `${p}-${k}`))
      : reading?.rows?.[group] ?? Object.keys(reading?.[group] ?? []);
    // A value of a row keeps it; that one was taken as right does not.
    const added = Object.keys(values).map((path) => path.split(".")).filter((parts) => parts.length === 3 && parts[0] === group).map((parts) => parts[1]);
    return [...new Set([...own, ...added])].filter((one) => !this.given(id, `${group}.${one}.deleted`));
  }

  /** A line: its page, polygon, text, confidence and words, with what people changed. */
  line(id, key) {
    const [page, index] = key.split("-");
    const read = this.details.get(id)?.document.pages[page]?.lines[index];
    const text = this.given(id, `lines.${key}.text`);
    const polygon = this.given(id, `lines.${key}.polygon`);
    const untouched = text === undefined && polygon === undefined;
    return {
      key, page: Number(page), polygon: polygon ?? read?.polygon ?? [], text: (text === undefined ? read?.text : text) ?? "",
      confidence: untouched ? read?.confidence ?? 1 : 1, words: untouched ? read?.words ?? [] : [],
    };
  }

  /** The server has kept edits, and says what follows from them. */
  #kept({ receipts, readings }) {
    let derived = false;
    for (const one of receipts) {
      if (this.#late(one)) continue;
      const details = this.details.get(one.id);
      const reading = readings[one.id] ?? null;
      if (details && (reading || details.reading)) {
        details.reading = reading;
        derived = true;
      }
      this.#put(one);
    }
    if (derived) this.#tell("values");
  }

  remove(id) {
    this.#forget(id);
    this.order = this.order.filter((one) => one !== id);
    this.#tell("list");
  }

  #put(one) {
    if (this.#late(one)) return;
    const before = this.receipts.get(one.id)?.state;
    if (!this.receipts.has(one.id)) this.order.push(one.id);
    this.receipts.set(one.id, one);
    this.#tell("receipt", { id: one.id, before });
  }

  add(one) { this.#put(one); this.#tell("list"); }

  #forget(id) {
    this.receipts.delete(id);
    this.details.delete(id);
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
