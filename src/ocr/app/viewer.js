// The picture viewer. Everything that comes from a picture is put on the page as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";
// What a person chose and where they looked, by picture; lives as long as the tab, so page switches keep it.
const remembered = new Map();

function make(name, className, parent, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (parent) parent.appendChild(made);
  return made;
}

function build(root) {
  const view = { root, rows: [], shapes: [], data: null };
  view.frame = make("div", "frame", root);
  view.stage = make("div", "stage", view.frame);
  view.stage.tabIndex = 0;
  view.stage.setAttribute("role", "img");
  view.tools = make("div", "tools", view.frame);
  for (const [label, title, act] of [
    ["Width", "Fit the width", () => fit(view, "width")],
    ["Page", "Show the whole page", () => fit(view, "page")],
    ["−", "Smaller", () => zoom(view, 1 / 1.3)],
    ["+", "Larger", () => zoom(view, 1.3)],
  ]) {
    const button = make("button", "", view.tools, label);
    button.type = "button";
    button.title = title;
    button.setAttribute("aria-label", title);
    button.onclick = act;
  }
  view.sheet = make("div", "sheet", view.stage);
  view.image = make("img", "page", view.sheet);
  view.image.alt = "";
  view.heat = make("img", "heat", view.sheet);
  view.heat.alt = "";
  view.svg = document.createElementNS(SVG, "svg");
  view.svg.setAttribute("preserveAspectRatio", "none");
  view.sheet.appendChild(view.svg);
  view.side = make("div", "side", root);
  drag(view);
  view.stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(view, event.deltaY < 0 ? 1.15 : 1 / 1.15);
  }, { passive: false });
  view.stage.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") zoom(view, 1.3);
    else if (event.key === "-") zoom(view, 1 / 1.3);
    else if (event.key === "0") fit(view, "page");
  });
  view.watch = new ResizeObserver(() => { if (view.state) place(view); });
  view.watch.observe(view.stage);
  return view;
}

function drag(view) {
  let from = null;
  view.stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    from = { x: event.clientX, y: event.clientY, left: view.stage.scrollLeft, top: view.stage.scrollTop };
  });
  view.stage.addEventListener("pointermove", (event) => {
    if (!from) return;
    view.stage.classList.add("dragging");
    view.stage.scrollLeft = from.left - (event.clientX - from.x);
    view.stage.scrollTop = from.top - (event.clientY - from.y);
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
    view.stage.addEventListener(end, () => { from = null; view.stage.classList.remove("dragging"); });
  }
}

function scale(view) {
  const { width, height } = view.data;
  const room = { width: view.stage.clientWidth - 2, height: view.stage.clientHeight - 2 };
  if (view.state.mode === "page") return Math.min(room.width / width, room.height / height);
  if (view.state.mode === "width") return room.width / width;
  return view.state.scale;
}

function place(view) {
  const factor = scale(view);
  if (!(factor > 0)) return;
  view.sheet.style.width = `${view.data.width * factor}px`;
  view.sheet.style.height = `${view.data.height * factor}px`;
}

function fit(view, mode) {
  view.state.mode = mode;
  place(view);
}

function zoom(view, factor) {
  const before = scale(view);
  const after = Math.min(12, Math.max(0.05, before * factor));
  const middle = { x: view.stage.scrollLeft + view.stage.clientWidth / 2, y: view.stage.scrollTop + view.stage.clientHeight / 2 };
  view.state.mode = "free";
  view.state.scale = after;
  place(view);
  view.stage.scrollLeft = middle.x * after / before - view.stage.clientWidth / 2;
  view.stage.scrollTop = middle.y * after / before - view.stage.clientHeight / 2;
}

function draw(view) {
  const { data } = view;
  if (view.image.src !== data.image) view.image.src = data.image;
  view.stage.setAttribute("aria-label", `Page of ${data.width} × ${data.height} pixels with ${data.rows.length} lines`);
  view.heat.style.display = data.heat ? "" : "none";
  if (data.heat && view.heat.src !== data.heat) view.heat.src = data.heat;
  view.svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  view.svg.replaceChildren();
  view.shapes = data.rows.map((row, k) => row.shapes.map((shape) => {
    const polygon = document.createElementNS(SVG, "polygon");
    polygon.setAttribute("points", shape.points.map((point) => point.join(",")).join(" "));
    polygon.setAttribute("class", shape.kind);
    polygon.dataset.row = k;
    polygon.addEventListener("pointerenter", () => warm(view, k, "picture"));
    polygon.addEventListener("pointerleave", () => warm(view, null));
    polygon.addEventListener("click", () => choose(view, k, "picture"));
    view.svg.appendChild(polygon);
    return polygon;
  }));
}

function cell(column, value) {
  const found = make("td", column.type);
  if (column.type === "share") {
    if (typeof value !== "number") return found;
    const bar = make("span", value < 0.8 ? "bar low" : "bar", found);
    make("i", "", bar).style.width = `${Math.round(value * 100)}%`;
    found.appendChild(document.createTextNode(value.toFixed(2)));
  } else if (column.type === "parts") {
    for (const [kind, text] of value || []) make("span", kind, found, text);
  } else {
    found.textContent = value ?? "";
  }
  return found;
}

function list(view) {
  const { data } = view;
  const said = JSON.stringify([data.id, data.columns, data.rows, data.legend, data.empty]);
  if (said === view.said) return;
  view.said = said;
  const kept = view.scroll ? view.scroll.scrollTop : 0;
  view.side.replaceChildren();
  view.side.style.display = data.columns.length ? "" : "none";
  if (!data.columns.length) { view.rows = []; return; }
  view.detail = make("div", "detail", view.side);
  if (data.legend.length) {
    const legend = make("div", "legend", view.side);
    for (const [kind, meaning] of data.legend) {
      const entry = make("span", "", legend);
      const mark = make("i", "", entry);
      mark.style.borderColor = `var(--${kind})`;
      if (kind === "missed" || kind === "second") mark.style.borderTopStyle = "dashed";
      entry.appendChild(document.createTextNode(meaning));
    }
  }
  view.scroll = make("div", "scroll", view.side);
  if (!data.rows.length) { make("div", "none", view.scroll, data.empty); view.rows = []; return; }
  const table = make("table", "", view.scroll);
  const head = make("tr", "", make("thead", "", table));
  for (const column of data.columns) make("th", column.type, head, column.title).scope = "col";
  const body = make("tbody", "", table);
  view.rows = data.rows.map((row, k) => {
    const line = make("tr", "", body);
    line.tabIndex = -1;
    data.columns.forEach((column, c) => line.appendChild(cell(column, row.cells[c])));
    line.addEventListener("pointerenter", () => warm(view, k, "table"));
    line.addEventListener("pointerleave", () => warm(view, null));
    line.addEventListener("click", () => choose(view, k, "table"));
    line.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); choose(view, Math.min(k + 1, data.rows.length - 1), "keys"); }
      if (event.key === "ArrowUp") { event.preventDefault(); choose(view, Math.max(k - 1, 0), "keys"); }
    });
    return line;
  });
  view.rows[0].tabIndex = 0;
  view.scroll.scrollTop = kept;
}

function mark(view, name, k) {
  view.rows.forEach((row, j) => row.classList.toggle(name, j === k));
  view.shapes.forEach((shapes, j) => shapes.forEach((shape) => shape.classList.toggle(name, j === k)));
}

function warm(view, k, origin) {
  mark(view, "warm", k);
  if (origin === "picture") view.rows[k]?.scrollIntoView({ block: "nearest" });
  if (origin === "table") reveal(view, k);
  describe(view, k ?? view.state.chosen);
}

function choose(view, k, origin) {
  view.state.chosen = k;
  mark(view, "chosen", k);
  view.rows.forEach((row, j) => { row.tabIndex = j === k ? 0 : -1; });
  if (origin === "keys") view.rows[k]?.focus();
  if (origin !== "picture") reveal(view, k);
  if (origin === "picture") view.rows[k]?.scrollIntoView({ block: "nearest" });
  describe(view, k);
}

function reveal(view, k) {
  const shape = view.shapes[k]?.[0];
  if (!shape) return;
  const box = shape.getBoundingClientRect();
  const room = view.stage.getBoundingClientRect();
  if (box.top < room.top || box.bottom > room.bottom) view.stage.scrollTop += box.top - room.top - room.height / 2 + box.height / 2;
  if (box.left > room.right || box.right < room.left) view.stage.scrollLeft += box.left - room.left - room.width / 2 + box.width / 2;
}

// The line by itself, level: the affine map that takes three corners of its quad to those of a strip.
function crop(view, shape) {
  const points = shape.points;
  const canvas = make("canvas");
  const [a, b, , d] = points.length === 4 ? points : bounds(points);
  const wide = Math.hypot(b[0] - a[0], b[1] - a[1]);
  const tall = Math.hypot(d[0] - a[0], d[1] - a[1]);
  if (!(wide > 0 && tall > 0)) return canvas;
  const high = 88;
  canvas.height = high;
  canvas.width = Math.max(8, Math.min(1400, Math.round(high * wide / tall)));
  canvas.style.width = "auto";
  const context = canvas.getContext("2d");
  const shrunk = view.image.naturalWidth / view.data.width;
  const [ux, uy] = [(b[0] - a[0]) / canvas.width, (b[1] - a[1]) / canvas.width];
  const [vx, vy] = [(d[0] - a[0]) / high, (d[1] - a[1]) / high];
  const det = ux * vy - uy * vx;
  if (!det || !shrunk) return canvas;
  context.setTransform(vy / det, -uy / det, -vx / det, ux / det, (vx * a[1] - vy * a[0]) / det, (uy * a[0] - ux * a[1]) / det);
  context.drawImage(view.image, 0, 0, view.data.width, view.data.height);
  return canvas;
}

function bounds(points) {
  const x = points.map((point) => point[0]);
  const y = points.map((point) => point[1]);
  const [x0, x1, y0, y1] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

function describe(view, k) {
  if (!view.detail) return;
  view.detail.replaceChildren();
  const row = k === null ? null : view.data.rows[k];
  if (!row) { make("div", "hint", view.detail, "Point at a line to see it close up."); return; }
  if (row.shapes.length) make("div", "crops", view.detail).appendChild(crop(view, row.shapes[0]));
  describeLine(view, row);
}

function describeLine(view, row) {
  view.data.columns.forEach((column, c) => {
    const value = row.cells[c];
    if (column.type !== "parts") return;
    const line = make("div", "read", view.detail);
    for (const [kind, text] of value || []) make("span", kind, line, text);
  });
  const share = view.data.columns.findIndex((column) => column.type === "share");
  const note = [share >= 0 && typeof row.cells[share] === "number" ? `${view.data.columns[share].title} ${row.cells[share].toFixed(4)}` : "", row.note];
  make("div", "note", view.detail, note.filter(Boolean).join(" · "));
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".viewer");
  if (!root || !data) return;
  const view = root.viewer ?? (root.viewer = build(root));
  view.data = data;
  root.style.setProperty("--screen", `${data.screen}px`);
  if (!remembered.has(data.id)) remembered.set(data.id, { mode: data.columns.length ? "width" : "page", scale: 1, chosen: null });
  view.state = remembered.get(data.id);
  if (view.state.chosen >= data.rows.length) view.state.chosen = null;
  draw(view);
  list(view);
  place(view);
  mark(view, "chosen", view.state.chosen);
  view.image.decode().then(() => describe(view, view.state.chosen), () => {});
  describe(view, view.state.chosen);
  return () => view.watch.disconnect();
}
