// Files that come in: dropped, pasted, chosen, photographed. Each has a row with its progress, or the reason why not.

import { Problem, upload } from "./api.js";
import { byId, element } from "./dom.js";

/** Files that are sent at once. */
const AT_ONCE = 3;

/**
 * Listen for files.
 * @param added called with the summary of each that the server took
 * @param told called with each error
 */
export function listen({ added, told }) {
  const waiting = [];
  let sending = 0;

  const take = (files) => {
    for (const file of files) {
      const bar = element("progress", { max: 1, value: 0, "aria-label": `${file.name} on its way` });
      const row = element("li", { class: "upload" }, element("span", {}, file.name), bar);
      byId("uploads").append(row);
      waiting.push({ file, row, bar });
    }
    document.body.classList.remove("pile-empty");
    send();
  };

  const send = () => {
    while (sending < AT_ONCE && waiting.length) {
      const { file, row, bar } = waiting.shift();
      sending++;
      upload(file, (share) => { bar.value = share; })
        .then((one) => { row.remove(); added(one); })
        .catch((error) => { refuse(row, bar, file, error); told(error); })
        .finally(() => { sending--; send(); });
    }
  };

  const refuse = (row, bar, file, error) => {
    const words = error instanceof Problem ? error.message : "The server does not answer.";
    const again = element("button", { onclick: () => { row.remove(); take([file]); } }, "Try again");
    bar.remove();
    row.append(element("button", { class: "remove", "aria-label": `Dismiss ${file.name}`, title: "Dismiss", onclick: () => row.remove() }, "×"),
      element("span", { class: "bad" }, words, " ", error instanceof Problem ? "" : again));
  };

  for (const name of ["file", "folder", "camera"])
    byId(name).addEventListener("change", (event) => { take([...event.target.files].filter(visible)); event.target.value = ""; });
  byId("add").onclick = byId("empty-add").onclick = () => byId("file").click();
  byId("empty-folder").onclick = () => byId("folder").click();
  byId("empty-camera").onclick = () => byId("camera").click();

  let over = 0;
  const drop = (shown) => { byId("drop").hidden = !shown; };
  addEventListener("dragenter", (event) => { event.preventDefault(); over++; drop(true); });
  addEventListener("dragleave", () => { over--; if (over <= 0) drop(false); });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => { event.preventDefault(); over = 0; drop(false); take(await entries(event.dataTransfer)); });
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length) { event.preventDefault(); take(files); }
  });
}

const visible = (file) => !file.name.startsWith(".");

/** The files of a drop, also those in folders. */
async function entries(transfer) {
  const found = [];
  const files = [...transfer.files];
  const items = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const walk = async (entry) => {
    if (entry.isFile) { found.push(await new Promise((resolve, reject) => entry.file(resolve, reject))); return; }
    const reader = entry.createReader();
    const read = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    for (let batch = await read(); batch.length; batch = await read()) for (const one of batch) await walk(one);
  };
  for (const item of items) await walk(item);
  return (items.length ? found : files).filter(visible);
}
