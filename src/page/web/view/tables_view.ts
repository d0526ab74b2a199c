// The named queries of the device, one table at a time.

import type { Context } from "../app_context";
import type { TableModel } from "../data/model";
import { type Column, dataTable } from "./data_table";
import { element, replace } from "./element";
import { formatCount, words } from "../format";

export function mountTables(host: HTMLElement, context: Context): void {
    const { store, page } = context;
    let chosen = "";
    const list = element("nav", { "aria-label": "Tables" });
    const card = element("section", { class: "card" });

    function tables(): readonly TableModel[] {
        return context.archive.model.devices[store.get().device]?.tables ?? [];
    }

    function choose(name: string): void {
        chosen = name;
        draw();
        list.querySelector<HTMLElement>("[aria-current=true]")?.focus();
    }

    function draw(): void {
        const all = tables();
        const table = all.find((one) => one.name === chosen) ?? all[0];
        replace(
            list,
            ...all.map((one) =>
                element(
                    "button",
                    { type: "button", "aria-current": one === table ? "true" : null, onclick: () => choose(one.name) },
                    element("span", {}, one.title),
                    element("span", {}, formatCount(one.rows.length + one.left_out)),
                ),
            ),
        );
        if (table) drawTable(table);
        else replace(card, element("p", { class: "note" }, "The archive has no tables for this device."));
    }

    function drawTable(table: TableModel): void {
        const columns = columnsOf(table, page.model.definitions);
        const rows = table.rows.map((row) => [...row]);
        replace(
            card,
            element("h2", {}, table.title),
            element("p", { class: "note" }, table.description),
            dataTable({ caption: table.title, columns, rows, leftOut: table.left_out, onEvent: (event) => store.set({ at: event, view: "timeline" }) }),
        );
    }

    replace(host, element("div", { class: "tables-view" }, list, card));
    draw();
    store.observe(["device"], draw);
}

/** The columns of a table. The first column of sizes has bars. */
function columnsOf(table: TableModel, definitions: Readonly<Record<string, string>>): Column[] {
    const bar = table.columns.findIndex((column) => column.unit === "bytes");
    return table.columns.map(({ name, unit }, index) => ({
        name: words(name),
        unit: name.startsWith("%") ? "percent" : unit,
        definition: definitions[name] ?? definitions[`${name}_bytes`],
        bar: index === bar,
    }));
}
