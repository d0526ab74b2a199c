// Values as both readers and Python write them the same way.
import { DuckDBTimestampTZValue } from "./modules.mjs";

// Integers and times (microseconds since the Unix epoch) become decimal text, numbers with fractions
// {"real": text}.
export function plain(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof DuckDBTimestampTZValue) return value.micros.toString();
  if (typeof value === "number") return { real: String(value) };
  if (typeof value === "boolean") return value ? "1" : "0";
  return value;
}

export const line = (row) => JSON.stringify(row.map(plain));
