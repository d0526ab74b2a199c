// Prepares a table of the page for the screen. Named queries give many sizes twice, as text for people and
// as a number for programs; the table shows one column that has both qualities.

import type { TableModel } from "../data/model";
import { type Column } from "./data_table";
import type { Cell } from "./csv";
import { formatBytes, words } from "../format";

export interface PreparedTable {
    columns: Column[];
    rows: Cell[][];
}

export function prepareTable(table: TableModel, definitions: Readonly<Record<string, string>>): PreparedTable {
    const twins = twinColumns(table);
    const columns: Column[] = [];
    const sources: number[] = [];
    table.columns.forEach((column, index) => {
        if ([...twins.values()].includes(index)) return;
        const source = twins.get(index) ?? index;
        columns.push({ name: words(column.name), unit: table.columns[source].unit, definition: definitionOf(column.name, definitions), bar: columns.every((one) => !one.bar) && table.columns[source].unit === "bytes" });
        sources.push(source);
    });
    return { columns, rows: table.rows.map((row) => sources.map((source) => row[source])) };
}

/** Column of texts → column of numbers that say the same in every row. */
function twinColumns(table: TableModel): Map<number, number> {
    const twins = new Map<number, number>();
    table.columns.forEach((column, number) => {
        if (column.unit !== "bytes") return;
        const text = table.columns.findIndex((other, index) => other.unit === null && !twins.has(index) && sayTheSame(table, index, number));
        if (text >= 0) twins.set(text, number);
    });
    return twins;
}

function sayTheSame(table: TableModel, text: number, number: number): boolean {
    return table.rows.length > 0 && table.rows.every((row) => {
        const bytes = row[number];
        return bytes === null ? row[text] === null : row[text] === formatBytes(Number(bytes));
    });
}

function definitionOf(name: string, definitions: Readonly<Record<string, string>>): string | undefined {
    return definitions[name] ?? definitions[`${name}_bytes`];
}
