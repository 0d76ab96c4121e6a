"use strict";
const parts = [...document.querySelectorAll("[data-lines]")];
const linesOf = (part) => part.dataset.lines.split(" ");
const mark = (event) => {
  const under = event.target.closest ? event.target.closest("[data-lines]") : null;
  const wanted = new Set(under ? linesOf(under) : []);
  for (const part of parts) {
    part.classList.toggle("on", linesOf(part).some((line) => wanted.has(line)));
  }
};
for (const kind of ["mouseover", "focusin", "click"]) document.addEventListener(kind, mark);
