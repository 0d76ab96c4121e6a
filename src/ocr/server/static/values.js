// What people type and what is stored: amounts, dates and times.

/** A typed amount, date or time as the server keeps it; `null` for nothing, `undefined` where it is none. */
export function normal(text, kind) {
  const value = text.trim();
  if (value === "") return null;
  if (kind === "amount") return amount(value);
  if (kind === "date") return day(value);
  if (kind === "time") return hour(value);
  return value;
}

function amount(value) {
  let plain = value.replace(/[\s'’]/g, "");
  const comma = plain.lastIndexOf(","), point = plain.lastIndexOf(".");
  if (comma > -1 && point > -1) plain = comma > point ? plain.replaceAll(".", "").replace(",", ".") : plain.replaceAll(",", "");
  else plain = plain.replace(",", ".");
  return /^[+-]?\d{1,12}(\.\d{1,6})?$/.test(plain) ? plain : undefined;
}

function day(value) {
  const iso = value.match(/^(\d{4})-(\d{1,2})-(\d{1,2})$/);
  const local = value.match(/^(\d{1,2})[./](\d{1,2})[./](\d{4})$/);
  const [year, month, date] = iso ? iso.slice(1) : local ? [local[3], local[2], local[1]] : [];
  if (!year) return undefined;
  const made = `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}`;
  const found = new Date(`${made}T00:00:00Z`);
  return !Number.isNaN(found.getTime()) && found.toJSON().startsWith(made) ? made : undefined;
}

function hour(value) {
  const found = value.match(/^(\d{1,2}):(\d{2})(?::(\d{2}))?$/);
  return found && found[1] < 24 && found[2] < 60 && (found[3] ?? 0) < 60 ? `${found[1].padStart(2, "0")}:${found[2]}:${found[3] ?? "00"}` : undefined;
}

/** What is wrong with a text that `normal` does not take. */
export const EXPECTED = {
  amount: "no amount; such as 12.50 or 12,50",
  date: "no date; such as 2024-09-17 or 17.09.2024",
  time: "no time; such as 18:42",
};

/** Amounts are added as ten-thousandths: whole numbers have no rounding. */
export function units(text) {
  const [whole, part = ""] = text.replace("-", "").split(".");
  return BigInt(whole + part.padEnd(4, "0").slice(0, 4)) * (text.startsWith("-") ? -1n : 1n);
}

export function shown(sum) {
  const digits = (sum < 0n ? -sum : sum).toString().padStart(5, "0");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -4)}.${digits.slice(-4).replace(/00$/, "")}`;
}

export const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
