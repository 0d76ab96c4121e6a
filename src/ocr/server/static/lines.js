// The lines of text of the open receipt: edited, joined, drawn anew, deleted.

import { post } from "./api.js";
import { element } from "./dom.js";

const SURE = 0.8;

/**
 * Read what a polygon holds and keep it as the text of a line.
 * @returns the error where the server could not read it; the polygon is kept all the same
 */
export async function readLine(store, id, key, polygon, otherwise = "") {
  const [page] = key.split("-");
  store.set(id, `lines.${key}.polygon`, polygon);
  try {
    const answer = await post(`/v1/review/receipts/${id}/lines`, { page: Number(page), polygon });
    store.set(id, `lines.${key}.text`, answer.text || otherwise);
    return null;
  } catch (error) {
    store.set(id, `lines.${key}.text`, otherwise);
    return error;
  }
}

/** The smallest quad along the first line that holds both. */
export function around(first, second) {
  const [a, b] = first;
  const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
  const along = [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
  const across = [-along[1], along[0]];
  const on = (axis) => [...first, ...second].map((point) => (point[0] - a[0]) * axis[0] + (point[1] - a[1]) * axis[1]);
  const [left, right, top, bottom] = [Math.min(...on(along)), Math.max(...on(along)), Math.min(...on(across)), Math.max(...on(across))];
  return [[left, top], [right, top], [right, bottom], [left, bottom]].map(([x, y]) => [a[0] + x * along[0] + y * across[0], a[1] + x * along[1] + y * across[1]]);
}

/**
 * The list of lines.
 * @param fields the form that it is part of
 * @param redraw called with a line that shall be drawn anew
 * @param told called with errors
 */
export function lineList(fields, redraw, told) {
  const { store, id } = fields;
  const list = element("div", { id: "lines" });
  const keys = store.identifiers(id, "lines");
  const button = (sign, words, onclick) => element("button", { class: "remove", title: words, "aria-label": words, onclick }, sign);
  const merge = async (key, other) => {
    const [line, next] = [store.line(id, key), store.line(id, other)];
    const joined = `${line.text} ${next.text}`.trim();
    store.set(id, `lines.${other}.deleted`, true);
    const error = line.page === next.page ? await readLine(store, id, key, around(line.polygon, next.polygon), joined) : store.set(id, `lines.${key}.text`, joined);
    if (error) told(error);
    fields.draw(true);
  };
  keys.forEach((key, k) => {
    const line = store.line(id, key);
    const input = fields.input(`lines.${key}.text`, undefined, `Line ${k + 1}`);
    input.value = line.text;
    input.onfocus = () => { fields.onLines([key], true); fields.line(key); };
    list.append(element("div", { class: `line${line.confidence < SURE ? " doubtful" : ""}`, data: { line: key }, onpointerenter: () => fields.onLines([key], false), onpointerleave: () => fields.onLines([], false) },
      input, button("▭", "Draw this line anew", () => redraw(key)),
      keys[k + 1] ? button("⤶", "Join with the next line", () => merge(key, keys[k + 1])) : element("span"),
      button("×", "Delete this line", () => { store.set(id, `lines.${key}.deleted`, true); fields.draw(true); })));
  });
  return list;
}
