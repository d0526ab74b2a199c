// Writes comma-separated values as RFC 4180 describes them.

export type Cell = string | number | boolean | null;

export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
    return [header, ...rows].map((row) => row.map(field).join(",") + "\r\n").join("");
}

function field(cell: Cell): string {
    const text = cell === null ? "" : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
