// The fields of receipts beside the picture. Put before viewer.js, which holds the rest; text is set as text, never as markup.
const SIGNS = { passed: "✓", failed: "✗", not_possible: "–" };
const STATUS_WORDS = { passed: "adds up", failed: "does not add up", not_possible: "cannot be checked" };

function tabs(view) {
  if (!view.data.receipts.length) return;
  const bar = make("div", "tabs", view.side);
  bar.setAttribute("role", "tablist");
  for (const [name, label] of [["receipt", "Receipt"], ["lines", "Lines"]]) {
    const tab = make("button", "", bar, label);
    tab.type = "button";
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-selected", String(shownTab(view) === name));
    tab.onclick = () => {
      view.state.tab = name;
      view.said = "";
      list(view);
      mark(view, "chosen", view.state.chosen);
      describe(view, view.state.chosen);
      view.side.querySelector("[aria-selected=true]").focus();
    };
  }
}

function shownTab(view) {
  return view.data.receipts.length ? view.state.tab ?? "receipt" : "lines";
}

function sign(status, parent) {
  const found = make("span", `sign ${status}`, parent, SIGNS[status]);
  found.setAttribute("role", "img");
  found.setAttribute("aria-label", STATUS_WORDS[status]);
  return found;
}

// An element that shows its lines in the picture, and is shown by them.
function attach(view, element, entry) {
  const target = { rows: entry.lines, entry: view.entries.length, data: entry };
  view.entries.push({ element, ...target });
  element.classList.add("entry");
  if (entry.doubtful) element.classList.add("doubtful");
  if (entry.missing) element.classList.add("missing");
  element.tabIndex = target.entry ? -1 : 0;
  element.addEventListener("pointerenter", () => warm(view, target, "table"));
  element.addEventListener("pointerleave", () => warm(view, null));
  element.addEventListener("click", () => choose(view, target, "table"));
  element.addEventListener("focus", () => warm(view, target, "table"));
  element.addEventListener("blur", () => warm(view, null));
  element.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = view.entries[target.entry + step];
    if (step) event.preventDefault();
    if (step && next) next.element.focus();
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(view, target, "keys"); }
  });
}

function field(view, parent, entry) {
  const row = make("div", "field", parent);
  make("span", "label", row, entry.label);
  const value = make("span", "value", row);
  make("span", "text", value, entry.cells[0]);
  if (entry.status) sign(entry.status, value);
  for (const note of entry.notes) make("span", "aside", value, note);
  attach(view, row, entry);
  return row;
}

function items(view, parent, receipt) {
  if (!receipt.items.length) return;
  const table = make("table", "items", parent);
  const head = make("tr", "", make("thead", "", table));
  receipt.columns.forEach((title, c) => { make("th", receipt.numbers[c] ? "amount" : "", head, title).scope = "col"; });
  const body = make("tbody", "", table);
  for (const entry of receipt.items) {
    const row = make("tr", "", body);
    entry.cells.forEach((text, c) => make("td", receipt.numbers[c] ? "amount" : "", row, text));
    for (const note of entry.notes) make("div", "aside", row.firstChild, note);
    attach(view, row, entry);
  }
}

function receipts(view) {
  for (const receipt of view.data.receipts) {
    const part = make("section", "receipt", view.scroll);
    if (receipt.title) make("h4", "", part, receipt.title);
    for (const entry of receipt.facts) field(view, part, entry);
    items(view, part, receipt);
    for (const entry of receipt.sums) {
      const row = field(view, part, entry);
      row.classList.add("sum");
      if (entry.label === "Total") row.classList.add("total");
      if (entry.status) row.classList.add(entry.status);
    }
    for (const check of receipt.checks) {
      const row = make("div", `check ${check.status}`, part);
      sign(check.status, row);
      make("span", "", row, `${check.label}: ${check.message}`);
    }
  }
}
