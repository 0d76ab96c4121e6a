// Requests to the server, and the queue of edits that are on their way to it.

const KEY = "ocr.key";

/** An answer that is no success, with the code of its problem document. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail ?? `status ${status}`);
    this.status = status;
    this.code = body?.code ?? "http_error";
  }
}

function headers() {
  const key = sessionStorage.getItem(KEY);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export function setKey(key) {
  sessionStorage.setItem(KEY, key);
}

/** Fetch a path. Resolves with the response; rejects with a `Problem`, or a TypeError where there is no answer. */
export async function call(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers } });
  if (!response.ok) {
    let body = null;
    try { body = await response.json(); } catch { /* not a problem document */ }
    throw new Problem(response.status, body);
  }
  return response;
}

export async function json(path, options) {
  return (await call(path, options)).json();
}

export function post(path, content) {
  return json(path, { method: "POST", body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });
}

/** Send a file and tell how far it is; fetch has no progress of uploads. */
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", "/v1/review/receipts");
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new TypeError("the server does not answer"));
    request.onload = () => {
      let body = null;
      try { body = JSON.parse(request.responseText); } catch { /* an empty answer */ }
      if (request.status < 300) resolve(body);
      else reject(new Problem(request.status, body));
    };
    request.send(form);
  });
}

/**
 * Edits that the server has not acknowledged yet. They are kept in the browser's storage from the moment they are made,
 * so that neither a reload nor a server that is away loses one. An edit is sent again until it is acknowledged; the
 * server knows it by the name of this tab and its number and keeps it once.
 */
export class EditQueue {
  constructor(onChange) {
    this.onChange = onChange;
    this.client = crypto.randomUUID();
    this.number = 0;
    this.pending = [];
    this.sending = [];
    this.failed = false;
    this.timer = null;
    this.orphans = this.#orphans();
    if (this.orphans.length) this.#schedule(0);
  }

  /** Queue a value; one of the same path that has not been sent yet is replaced. */
  push(receipt, path, value) {
    this.pending = this.pending.filter((edit) => edit.receipt !== receipt || edit.path !== path);
    this.pending.push({ number: ++this.number, receipt, path, value });
    this.#store();
    this.#schedule(250);
    this.onChange(this);
  }

  /** The value of a path that is on its way, `undefined` where there is none. */
  value(receipt, path) {
    for (const list of [this.pending, this.sending])
      for (let k = list.length - 1; k >= 0; k--)
        if (list[k].receipt === receipt && list[k].path === path) return list[k].value;
    return undefined;
  }

  get count() {
    return this.pending.length + this.sending.length;
  }

  async flush() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.busy) return;
    this.busy = true;
    try {
      for (const { key, client, edits } of this.orphans) {
        await post("/v1/review/edits", { client, edits });
        localStorage.removeItem(key);
      }
      this.orphans = [];
      while (this.pending.length || this.sending.length) {
        // After a refusal one by one, so that the one that is refused takes no other with it.
        if (!this.sending.length) this.sending = this.pending.splice(0, this.refused ? 1 : 200);
        const answer = await post("/v1/review/edits", { client: this.client, edits: this.sending });
        this.sending = [];
        this.failed = false;
        this.#store();
        this.onChange(this, answer);
      }
    } catch (error) {
      this.failed = true;
      if (error instanceof Problem && error.status === 422) {
        if (this.sending.length > 1) this.pending.unshift(...this.sending);
        this.refused = this.sending.length > 1 || this.pending.length > 0;
        this.sending = [];
        this.#store();
      }
      this.onChange(this, null, error);
      this.#schedule(2000);
    } finally {
      this.busy = false;
    }
  }

  #schedule(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), delay);
  }

  #store() {
    const edits = [...this.sending, ...this.pending];
    const key = `ocr.edits.${this.client}`;
    if (edits.length) localStorage.setItem(key, JSON.stringify(edits));
    else localStorage.removeItem(key);
  }

  #orphans() {
    const found = [];
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith("ocr.edits.")) continue;
      try { found.push({ key, client: key.slice(10), edits: JSON.parse(localStorage.getItem(key)) }); }
      catch { localStorage.removeItem(key); }
    }
    return found;
  }
}
