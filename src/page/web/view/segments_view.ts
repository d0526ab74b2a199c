// The memory that is reserved from the driver at the cursor, and how it is used.

import type { Context } from "../app_context";
import type { Segment } from "../data/types";
import { barHeight, holesOf, largestHoleOf, layoutSegments, placeName, type SegmentHit, type SegmentLayout, type SegmentScale, segmentAt, splitOf, used } from "../draw/segment_layout";
import { paintSegments } from "../draw/segments";
import { scrollCanvas } from "../draw/scroll_canvas";
import { onThemeChange, theme } from "../draw/theme";
import { dataTable } from "./data_table";
import { detailsHint, mountDetails } from "./details";
import { element, replace } from "./element";
import { counted, exactBytes, formatBytes, formatCount, formatDuration, formatShare, words } from "../format";
import { mountLegend } from "./legend";
import { mountMomentBar } from "./moment_bar";
import { hideTooltip, showTooltip } from "./tooltip";

export function mountSegments(host: HTMLElement, context: Context): void {
    const { store } = context;
    let segments: readonly Segment[] = [];
    let layout: SegmentLayout = { placed: [], headings: [], height: 0 };
    let scale: SegmentScale = "bytes";
    let asTable = false;
    let marked: Segment | null = null;
    let stale = true;

    const momentBar = element("div", { class: "tools" });
    const legend = element("div", { class: "tools legend-bar grow" });
    const scaleSelect = element("select", { onchange: () => ((scale = scaleSelect.value as SegmentScale), relayout()) }, element("option", { value: "bytes" }, "on one scale"), element("option", { value: "line" }, "one a line"));
    const tableButton = element("button", { type: "button", "aria-pressed": "false", onclick: toggleTable }, "As a table");
    const message = element("p", { class: "note", role: "status" });
    const box = element("div", { class: "picture padded" });
    const table = element("div", { class: "picture padded", hidden: true });
    const figures = element("section", { class: "card" });
    const details = element("section", { class: "card details", "aria-label": "Selected allocation" });

    const picture = scrollCanvas(
        box,
        (canvas, view) => {
            const colors = context.colors();
            const { row, hover } = store.get();
            paintSegments(canvas, layout, view, { theme: theme(), scale, colorOf: (one) => colors.cssOfRow(one), isShown, selected: row, hover, marked });
        },
        () => relayout(),
    );
    picture.canvas.tabIndex = 0;
    picture.canvas.setAttribute("role", "application");
    picture.canvas.setAttribute("aria-label", "Segments. Left and right move between allocations, Enter selects. The button As a table shows the same figures.");

    function isShown(row: number): boolean {
        const { hidden, by } = store.get();
        return hidden.size === 0 || !hidden.has(context.device().keyTexts(by).keys[context.device().keyOf(by)[row]]);
    }

    function invalidate(): void {
        stale = true;
        if (store.get().view === "segments") void load();
    }

    async function load(): Promise<void> {
        stale = false;
        const { at } = store.get();
        const found = await context.device().segmentsAt(at);
        if (store.get().at !== at) return;
        segments = found ?? [];
        marked = null;
        message.textContent = messageOf(found);
        message.hidden = message.textContent === "";
        drawFigures();
        relayout();
        if (asTable) drawTable();
    }

    function messageOf(found: readonly Segment[] | null): string {
        if (!found) return "The file does not tell which segments were reserved at this moment.";
        if (found.length === 0) return "Nothing was reserved at this moment.";
        return context.device().hasAddresses ? "" : "This page was written without addresses, so it does not show which block lies where.";
    }

    function relayout(): void {
        layout = layoutSegments(segments, picture.width(), scale);
        picture.setHeight(layout.height);
    }

    function drawFigures(): void {
        const { at } = store.get();
        const rebuilt = at < context.device().end - 1 && segments.length > 0;
        replace(
            figures,
            element("h2", {}, "Reserved bytes"),
            context.device().hasAddresses && segments.length > 0 ? splitList(segments, showLargestHole) : null,
            rebuilt ? element("p", { class: "note" }, "Rebuilt from the trace, and so an estimate; exact at the end.") : null,
            momentFigures(context, at),
        );
    }

    function showLargestHole(): void {
        marked = largestHoleOf(segments);
        const place = layout.placed.find((one) => one.segment === marked);
        if (asTable) toggleTable();
        if (place) picture.reveal(place.y, place.y + barHeight);
        picture.repaint();
    }

    function toggleTable(): void {
        asTable = !asTable;
        tableButton.setAttribute("aria-pressed", String(asTable));
        box.hidden = asTable;
        table.hidden = !asTable;
        if (asTable) drawTable();
    }

    function drawTable(): void {
        const rows = segments.map((segment) => {
            const requested = used(segment);
            const holes = segment.blocks.length > 0 ? holesOf(segment) : [];
            return [hex(segment.address), segment.size, requested, segment.size - requested, segment.blocks.length, holes.length, Math.max(0, ...holes), segment.pool, segment.stream, segment.expandable ? "yes" : "no"];
        });
        const names = ["address", "size", "requested", "unused", "allocations", "holes", "largest hole", "pool", "stream", "expandable"];
        const units = [null, "bytes", "bytes", "bytes", "count", "count", "bytes", null, null, null] as const;
        replace(table, dataTable({ caption: "Segments", columns: names.map((name, index) => ({ name, unit: units[index] })), rows }));
    }

    function lines(hit: SegmentHit): string[] {
        const { segment } = hit.place;
        const where = [`in a segment of ${formatBytes(segment.size)} at ${hex(segment.address)}`, placeName(segment)];
        if (hit.block === null) return [segment.blocks.length === 0 ? "free: nothing in this segment" : "free", ...where];
        const brief = context.device().brief(segment.blocks[hit.block].row, store.get().at);
        const age = brief.age === null ? "" : `, ${formatDuration(Math.round(brief.age))} old`;
        return [`${formatBytes(brief.size)}${age}`, brief.site, words(brief.category), ...where];
    }

    function hitOf(event: MouseEvent): SegmentHit | null {
        const { x, y } = picture.place(event);
        return segmentAt(layout, x, y);
    }

    function rowOf(hit: SegmentHit | null): number | null {
        return hit === null || hit.block === null ? null : hit.place.segment.blocks[hit.block].row;
    }

    picture.canvas.addEventListener("mousemove", (event) => {
        const hit = hitOf(event);
        picture.canvas.classList.toggle("pointing", rowOf(hit) !== null);
        if (hit) showTooltip(event, lines(hit));
        else hideTooltip();
        store.set({ hover: rowOf(hit) });
    });
    picture.canvas.addEventListener("mouseleave", () => {
        hideTooltip();
        store.set({ hover: null });
    });
    picture.canvas.addEventListener("click", (event) => store.set({ row: rowOf(hitOf(event)) }));
    picture.canvas.addEventListener("keydown", (event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        event.preventDefault();
        event.stopPropagation();
        const rows = layout.placed.flatMap((place) => place.segment.blocks.map((block) => ({ row: block.row, y: place.y })));
        const at = rows.findIndex((one) => one.row === store.get().row);
        const next = rows[at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1)];
        if (!next) return;
        store.set({ row: next.row });
        picture.reveal(next.y, next.y + barHeight);
    });

    mountMomentBar(momentBar, context);
    mountLegend(legend, context);
    mountDetails(details, context);
    host.classList.add("fixed");
    replace(
        host,
        momentBar,
        element("div", { class: "tools legend-bar" }, legend, freeLegend(), element("label", { class: "field" }, "Segments", scaleSelect), tableButton),
        message,
        element("div", { class: "segments-view" }, element("div", { class: "pictures" }, box, table), element("div", { class: "aside" }, details, figures, element("p", { class: "note" }, detailsHint))),
    );
    onThemeChange(() => picture.repaint());
    store.observe(["device", "at"], invalidate);
    store.observe(["row", "hover", "hidden"], () => picture.repaint());
    context.onColors(() => picture.repaint());
    store.observe(["view"], () => {
        hideTooltip();
        if (stale && store.get().view === "segments") void load();
    });
    invalidate();
}

/** The legend for memory without a colour. */
function freeLegend(): HTMLElement {
    const mark = (kind: string, text: string): HTMLElement => element("span", { class: "field" }, element("span", { class: `swatch ${kind}`, "aria-hidden": "true" }), text);
    return element("span", { class: "tools free-legend" }, mark("hole", "hole"), mark("cached", "free segment"));
}

function hex(address: bigint): string {
    return `0x${address.toString(16)}`;
}

function splitList(segments: readonly Segment[], showLargestHole: () => void): HTMLElement {
    const split = splitOf(segments);
    const largest = element("button", { type: "button", class: "link", onclick: showLargestHole }, `the largest ${formatBytes(split.largestHole)}`);
    const row = (name: string, bytes: number, note: string, link: HTMLElement | null = null): HTMLElement =>
        element(
            "tr",
            { class: name === "reserved" ? "total" : null },
            element("th", { scope: "row" }, name, element("span", { class: "note" }, note, link)),
            element("td", { class: "number", title: exactBytes(bytes) }, formatBytes(bytes)),
            element("td", { class: "number" }, formatShare(bytes, split.reserved)),
        );
    return element(
        "table",
        { class: "split" },
        element("caption", { class: "visually-hidden" }, "Where the reserved bytes are"),
        row("requested", split.requested, "in use"),
        row("cached", split.cached, `in ${counted(split.cachedSegments, "free segment")}`),
        row("unused", split.unused, split.holes === 0 ? "rounding; no holes" : `rounding, and ${counted(split.holes, "hole")}, `, largest),
        row("reserved", split.reserved, `in ${counted(segments.length, "segment")}`),
    );
}

/** The fragmentation figures of the archive, if the cursor is at a named moment. */
function momentFigures(context: Context, at: number): HTMLElement | null {
    const table = context.device().model.tables?.find((one) => one.name === "fragmentation");
    const names = context.device().moments.filter((moment) => moment.event === at).map((moment) => moment.name);
    const nameColumn = table?.columns.findIndex((column) => column.name === "moment") ?? -1;
    const row = table?.rows.find((one) => names.includes(String(one[nameColumn])));
    if (!table || !row) return null;
    const list = element("dl", { class: "facts" });
    table.columns.forEach((column, index) => {
        const value = row[index];
        if (index === nameColumn || value === null) return;
        const text = typeof value !== "number" ? value : column.unit === "bytes" ? formatBytes(value) : formatCount(value);
        list.append(element("dt", {}, words(column.name)), element("dd", {}, text));
    });
    return element("details", {}, element("summary", {}, `Figures of the archive: ${String(row[nameColumn])}`), list);
}
