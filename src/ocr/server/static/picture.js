// The picture with its lines and words: zoom, pan, hover, and drawing of lines.

import { call } from "./api.js";
import { byId, element } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const SURE = 0.8;
/** Pictures of receipts that are kept. */
const KEPT = 12;
/** Pixels of the screen that a page has at least where it is shown as a whole. */
const LEGIBLE = 180;

export class Picture {
  constructor(store, { onLine, onDrawn }) {
    this.store = store;
    this.stage = byId("stage");
    this.onLine = onLine;
    this.onDrawn = onDrawn;
    this.scale = 1;
    this.x = this.y = 0;
    this.pages = [];
    this.marked = [];
    this.mode = "page";
    this.drawing = false;
    this.cache = new Map();
    this.#listen();
  }

  async show(id) {
    this.id = id;
    const details = this.store.details.get(id);
    this.stage.replaceChildren();
    this.pages = [];
    this.draw(false);
    this.#say(null);
    byId("picture-tools").hidden = !details;
    if (!details) {
      if (this.store.receipts.get(id)?.state === "failed") this.stage.append(element("p", { class: "nothing soft" }, "There is no picture to show."));
      return;
    }
    let top = 0;
    details.document.pages.forEach((page, number) => {
      const svg = document.createElementNS(SVG, "svg");
      svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
      svg.setAttribute("aria-hidden", "true");
      const image = element("img", { alt: `Page ${number + 1}`, draggable: false });
      const box = element("div", { class: "page" }, image, svg);
      this.pages.push({ box, svg, image, width: page.width, height: page.height, top });
      top += page.height + 20;
      this.stage.append(box);
    });
    this.lines();
    this.fit(this.mode === "free" ? "page" : this.mode);
    await Promise.all(this.pages.map(async (page, number) => {
      const url = await this.#url(id, number);
      if (this.id === id && url) page.image.src = url;
    }));
  }

  /** Fetch the first picture of a receipt before it is asked for. */
  prefetch(id) {
    if (this.store.receipts.get(id)?.pages) this.#url(id, 0);
  }

  async #url(id, number) {
    const key = `${id}/${number}`;
    if (!this.cache.has(key)) {
      this.cache.set(key, call(`/v1/review/receipts/${id}/pages/${number}`)
        .then((response) => response.blob()).then((blob) => URL.createObjectURL(blob)).catch(() => { this.cache.delete(key); return null; }));
      while (this.cache.size > KEPT) {
        const [oldest, url] = this.cache.entries().next().value;
        this.cache.delete(oldest);
        url.then((found) => found && !this.pages.some((page) => page.image.src === found) && URL.revokeObjectURL(found));
      }
    }
    return this.cache.get(key);
  }

  /** Draw the lines anew where somebody else changed some: what is pointed at must not go away otherwise. */
  follow() {
    if (this.id && this.#state() !== this.drawn) this.lines();
  }

  #state() {
    return JSON.stringify(this.store.identifiers(this.id, "lines").map((key) => [key, this.store.line(this.id, key).polygon, this.store.line(this.id, key).confidence]));
  }

  lines() {
    this.drawn = this.#state();
    for (const page of this.pages) page.svg.replaceChildren();
    for (const key of this.store.identifiers(this.id, "lines")) {
      const line = this.store.line(this.id, key);
      const page = this.pages[line.page];
      if (!page || line.polygon.length < 3) continue;
      const polygon = outline(line.polygon);
      polygon.dataset.line = key;
      polygon.classList.toggle("doubtful", line.confidence < SURE);
      page.svg.append(polygon);
    }
    this.mark(this.marked);
  }

  /** Show lines with their words; `reveal` moves the picture so that the first is seen. */
  mark(keys, { reveal = false } = {}) {
    this.marked = keys;
    let first = null;
    for (const page of this.pages) {
      for (const word of page.svg.querySelectorAll(".word")) word.remove();
      for (const polygon of [...page.svg.children]) {
        const on = keys.includes(polygon.dataset.line);
        polygon.classList.toggle("on", on);
        if (!on) continue;
        first ??= { page, polygon };
        this.store.line(this.id, polygon.dataset.line).words.forEach((word, k) => {
          const drawn = outline(word.polygon);
          drawn.classList.add("word");
          Object.assign(drawn.dataset, { line: polygon.dataset.line, word: k });
          page.svg.append(drawn);
        });
      }
    }
    if (reveal && first) this.#reveal(first.page, first.polygon);
  }

  fit(mode) {
    this.mode = mode;
    const box = this.stage.getBoundingClientRect();
    if (!box.width) return;
    const width = Math.max(...this.pages.map((page) => page.width), 1);
    const last = this.pages.at(-1);
    const height = last ? last.top + last.height : 1;
    const wide = (box.width - 20) / width;
    this.scale = mode === "width" ? wide : Math.min(wide, (box.height - 20) / height);
    // A strip that would be unreadable as a whole begins at its top, as wide as the pane allows.
    if (mode === "page" && this.scale * width < LEGIBLE) this.scale = Math.min(wide, 1);
    this.x = Math.max(10, (box.width - width * this.scale) / 2);
    this.y = 10;
    this.#place();
  }

  zoom(factor, at) {
    this.mode = "free";
    const box = this.stage.getBoundingClientRect();
    const point = at ?? { x: box.width / 2, y: box.height / 2 };
    const scale = Math.min(12, Math.max(0.02, this.scale * factor));
    this.x = point.x - ((point.x - this.x) * scale) / this.scale;
    this.y = point.y - ((point.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.#place();
  }

  /** Begin or end drawing: a new line, or the place of one that is there. */
  draw(on, key = null) {
    this.drawing = on;
    this.redrawn = on ? key : null;
    this.stage.classList.toggle("drawing", on);
    byId("draw").setAttribute("aria-pressed", String(on));
    if (on) this.#say("Draw a box around the line; Esc ends it.");
    else if (this.said === "draw") this.#say(null);
    this.said = on ? "draw" : null;
  }

  #say(text) {
    byId("caption").hidden = !text;
    byId("caption").textContent = text ?? "";
  }

  #place() {
    for (const page of this.pages) {
      page.box.style.width = `${page.width}px`;
      page.box.style.height = `${page.height}px`;
      page.box.style.transform = `translate(${this.x}px, ${this.y + page.top * this.scale}px) scale(${this.scale})`;
    }
  }

  #reveal(page, polygon) {
    const points = polygon.getAttribute("points").split(" ").map((pair) => pair.split(",").map(Number));
    const x = points.reduce((sum, point) => sum + point[0], 0) / points.length;
    const y = points.reduce((sum, point) => sum + point[1], 0) / points.length + page.top;
    const box = this.stage.getBoundingClientRect();
    const at = { x: x * this.scale + this.x, y: y * this.scale + this.y };
    if (at.x < 30 || at.x > box.width - 30) this.x += box.width / 2 - at.x;
    if (at.y < 30 || at.y > box.height - 70) this.y += box.height / 2 - at.y;
    this.#place();
  }

  #listen() {
    const { stage } = this;
    const held = new Map();
    let start = null;
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = stage.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey || Math.abs(event.deltaX) < Math.abs(event.deltaY) && !event.shiftKey)
        this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), { x: event.clientX - box.left, y: event.clientY - box.top });
      else { this.x -= event.deltaX || event.deltaY; this.#place(); }
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => {
      stage.setPointerCapture(event.pointerId);
      held.set(event.pointerId, event);
      start = { x: event.clientX - this.x, y: event.clientY - this.y, at: this.#point(event), moved: false };
      if (!this.drawing) stage.classList.add("dragging");
    });
    stage.addEventListener("pointermove", (event) => {
      if (!held.has(event.pointerId)) { this.#hover(event); return; }
      const before = held.get(event.pointerId);
      if (held.size === 2) {
        const [other] = [...held.values()].filter((one) => one.pointerId !== event.pointerId);
        const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
        const box = stage.getBoundingClientRect();
        this.zoom(distance(event) / distance(before), { x: (event.clientX + other.clientX) / 2 - box.left, y: (event.clientY + other.clientY) / 2 - box.top });
      } else if (this.drawing) this.#rectangle(start.at, this.#point(event));
      else if (start) {
        if (Math.hypot(event.clientX - start.x - this.x, event.clientY - start.y - this.y) > 3) { start.moved = true; this.mode = "free"; }
        this.x = event.clientX - start.x;
        this.y = event.clientY - start.y;
        this.#place();
      }
      held.set(event.pointerId, event);
    });
    const release = (event) => {
      held.delete(event.pointerId);
      stage.classList.remove("dragging");
      if (!start) return;
      if (this.drawing && event.type === "pointerup") this.#finish(start.at, this.#point(event));
      else if (!start.moved) {
        const polygon = document.elementFromPoint(event.clientX, event.clientY)?.closest?.("polygon");
        if (polygon?.dataset.line) this.onLine(polygon.dataset.line, true);
      }
      start = null;
    };
    stage.addEventListener("pointerup", release);
    stage.addEventListener("pointercancel", release);
    stage.addEventListener("pointerleave", () => this.#over(null, null));
    new ResizeObserver(() => this.pages.length && this.mode !== "free" && this.fit(this.mode)).observe(stage);
  }

  #hover(event) {
    const { line = null, word = null } = event.target.closest?.("polygon")?.dataset ?? {};
    this.#over(line, word);
  }

  #over(key, word) {
    if (key === this.hovered && word === this.word) return;
    const other = key !== this.hovered;
    Object.assign(this, { hovered: key, word });
    if (other) this.onLine(key, false);
    if (this.drawing) return;
    const line = key === null ? null : this.store.line(this.id, key);
    const shown = word === null ? line : line?.words[word];
    this.#say(shown && `${shown.text}  ·  ${word === null ? "" : "word, "}${Math.round(100 * shown.confidence)} % sure`);
  }

  /** Page and pixel of a place on the screen. */
  #point(event) {
    const box = this.stage.getBoundingClientRect();
    const x = (event.clientX - box.left - this.x) / this.scale;
    const y = (event.clientY - box.top - this.y) / this.scale;
    let number = this.pages.findIndex((page) => y < page.top + page.height);
    if (number < 0) number = this.pages.length - 1;
    return { page: number, x, y: y - (this.pages[number]?.top ?? 0) };
  }

  #rectangle(from, to) {
    const page = this.pages[from.page];
    if (!page) return null;
    const clamp = (value, high) => Math.min(high, Math.max(0, value));
    const [x0, x1] = [from.x, to.x].map((x) => clamp(x, page.width)).sort((a, b) => a - b);
    const [y0, y1] = [from.y, to.y].map((y) => clamp(y, page.height)).sort((a, b) => a - b);
    const polygon = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
    page.svg.querySelector(".drawn")?.remove();
    const drawn = outline(polygon);
    drawn.classList.add("drawn");
    page.svg.append(drawn);
    return polygon;
  }

  #finish(from, to) {
    const key = this.redrawn;
    const polygon = this.#rectangle(from, to);
    this.pages[from.page]?.svg.querySelector(".drawn")?.remove();
    this.draw(false);
    if (polygon && polygon[1][0] - polygon[0][0] > 3 && polygon[2][1] - polygon[1][1] > 3) this.onDrawn(from.page, polygon, key);
  }
}

function outline(points) {
  const polygon = document.createElementNS(SVG, "polygon");
  polygon.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  return polygon;
}
