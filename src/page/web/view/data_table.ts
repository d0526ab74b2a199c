// A table that the user can sort, filter and copy. Cells hold values; the unit of a column decides how they are
// shown.

import { copyButton } from "./clipboard";
import { type Cell, toCsv } from "./csv";
import { breakable, element, replace, withProperty } from "./element";
import { counted, exactBytes, formatBytes, formatChange, formatCount, formatDuration, parseBytes, shortened } from "../format";

/** `change` is a difference in bytes and carries its sign. */
export type Unit = "bytes" | "change" | "event" | "us" | "count" | "percent" | null;

export interface Column {
    name: string;
    unit: Unit;
    /** One sentence, shown as the tooltip of the heading. */
    definition?: string | undefined;
    /** Draws a bar behind the number, in proportion to the largest value of the column. */
    bar?: boolean;
}

export interface DataTableOptions {
    caption: string;
    columns: Column[];
    rows: Cell[][];
    /** Rows that were not written into the page. */
    leftOut?: number;
    onEvent?: (event: number) => void;
    onRow?: (row: Cell[]) => void;
}

// A browser lays out a few hundred rows without delay; further rows are added on demand.
const rowsAtFirst = 200;
// Names of 100 kB exist. The title and the copied CSV have them in full.
const mostCharacters = 240;

export function dataTable(options: DataTableOptions): HTMLElement {
    const { columns, rows } = options;
    const numeric = columns.map((column, index) => isNumeric(column, rows, index));
    const largest = columns.map((column, index) => (column.bar ? largestValue(rows, index) : 0));
    let order: { column: number; descending: boolean } | null = null;
    let needle = "";
    let shown = rowsAtFirst;

    const head = element("tr");
    const body = element("tbody");
    const note = element("p", { class: "note", "aria-live": "polite" });
    const filter = element("input", {
        type: "search",
        placeholder: "Filter rows",
        "aria-label": `Filter the rows of ${options.caption}`,
        oninput: () => {
            needle = filter.value.toLowerCase();
            shown = rowsAtFirst;
            draw();
        },
    });

    function selected(): Cell[][] {
        const matching = needle === "" ? rows : rows.filter((row) => row.some((cell, index) => contains(cell, columns[index])));
        if (!order) return matching;
        const { column, descending } = order;
        return [...matching].sort((a, b) => compareCells(a[column], b[column], descending));
    }

    function contains(cell: Cell, column: Column): boolean {
        return cell !== null && (String(cell).toLowerCase().includes(needle) || cellText(cell, column).toLowerCase().includes(needle));
    }

    function sortBy(column: number): void {
        const first = numeric[column];  // numbers start with the largest, texts with A
        if (!order || order.column !== column) order = { column, descending: first };
        else if (order.descending === first) order = { column, descending: !first };
        else order = null;
        draw();
    }

    const headings = columns.map((column, index) => {
        const button = element("button", { type: "button", class: "sort", title: column.definition, onclick: () => sortBy(index) }, column.name);
        const heading = element("th", { scope: "col", class: numeric[index] ? "number" : null }, button);
        head.append(heading);
        return heading;
    });

    function drawHeadings(): void {
        headings.forEach((heading, index) => {
            if (order?.column === index) heading.setAttribute("aria-sort", order.descending ? "descending" : "ascending");
            else heading.removeAttribute("aria-sort");
        });
    }

    function cellNode(cell: Cell, index: number): HTMLElement {
        const column = columns[index];
        const data = element("td", { class: numeric[index] ? "number" : null, title: cellTitle(cell, column) });
        if (column.unit === "event" && typeof cell === "number" && options.onEvent) {
            const go = options.onEvent;
            const button = element("button", { type: "button", class: "link", onclick: () => go(cell) }, cellText(cell, column));
            button.setAttribute("aria-label", `Move the cursor to event ${formatCount(cell)}`);
            data.append(button);
        } else {
            const text = cellText(cell, column);
            data.append(numeric[index] ? text : breakable(shortened(text, mostCharacters)));
        }
        if (largest[index] > 0 && typeof cell === "number") {
            data.classList.add("bar");
            withProperty(data, "--share", String(Math.max(0, cell / largest[index])));
        }
        return data;
    }

    function rowNode(row: Cell[]): HTMLElement {
        const node = element("tr", {}, ...row.map(cellNode));
        const choose = options.onRow;
        if (choose) {
            node.classList.add("choosable");
            node.tabIndex = 0;
            node.addEventListener("click", () => choose(row));
            node.addEventListener("keydown", (event) => {
                if (event.key === "Enter" && event.target === node) choose(row);
            });
        }
        return node;
    }

    const more = element("button", { type: "button", class: "quiet", onclick: () => ((shown = Infinity), draw()) });

    function draw(): void {
        const chosen = selected();
        replace(body, ...chosen.slice(0, shown).map(rowNode));
        drawHeadings();
        note.textContent = rowNote(chosen.length, rows.length, options.leftOut ?? 0);
        more.hidden = chosen.length <= shown;
        more.textContent = `Show all ${formatCount(chosen.length)} rows`;
    }
    draw();

    const copy = copyButton("Copy CSV", () => toCsv(columns.map((column) => column.name), selected()), {
        title: "The rows shown, with exact numbers",
    });
    return element(
        "div",
        { class: "data-table" },
        element("div", { class: "tools" }, filter, copy, note),
        element(
            "div",
            { class: "scroll", tabindex: 0, role: "region", "aria-label": options.caption },
            element("table", {}, element("caption", { class: "visually-hidden" }, options.caption), element("thead", {}, head), body),
        ),
        more,
    );
}

function rowNote(matching: number, all: number, leftOut: number): string {
    const parts = [matching === all ? counted(all, "row") : `${formatCount(matching)} of ${counted(all, "row")}`];
    if (leftOut > 0) parts.push(`${counted(leftOut, "more row")} not in this page`);
    return parts.join("; ");
}

export function cellText(cell: Cell, column: Column): string {
    if (cell === null) return "–";
    if (typeof cell !== "number") return String(cell);
    switch (column.unit) {
        case "bytes":
            return formatBytes(cell);
        case "change":
            return formatChange(cell);
        case "event":
        case "count":
            return formatCount(cell);
        case "us":
            return formatDuration(cell);
        case "percent":
            return cell.toFixed(1);
        default:
            return String(cell);
    }
}

function cellTitle(cell: Cell, column: Column): string | null {
    if (typeof cell === "number") return column.unit === "bytes" || column.unit === "change" ? exactBytes(cell) : null;
    return typeof cell === "string" && cell.length > 40 ? cell : null;
}

// Texts such as "12.50 MiB" are sizes too, because named queries write some of their sizes in this form.
export function sortValue(cell: Cell): number | string {
    if (typeof cell === "number") return cell;
    if (cell === null) return "";
    const text = String(cell);
    return parseBytes(text.replace(/ \(.*\)$/, "")) ?? text.toLowerCase();
}

/** Empty cells come last in both directions. */
export function compareCells(a: Cell, b: Cell, descending: boolean): number {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const left = sortValue(a);
    const right = sortValue(b);
    const ordered = typeof left === "number" && typeof right === "number" ? left - right : String(left).localeCompare(String(right));
    return descending ? -ordered : ordered;
}

function isNumeric(column: Column, rows: Cell[][], index: number): boolean {
    if (column.unit !== null) return true;
    const first = rows.find((row) => row[index] !== null)?.[index];
    return first !== undefined && typeof sortValue(first!) === "number";
}

function largestValue(rows: Cell[][], index: number): number {
    let largest = 0;
    for (const row of rows) if (typeof row[index] === "number") largest = Math.max(largest, row[index] as number);
    return largest;
}
