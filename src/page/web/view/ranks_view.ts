// The ranks of a job: one small curve each on one scale, their figures, and the sites over all of them.

import type { Context } from "../app_context";
import type { Page } from "../data/model";
import type { Curve } from "../data/types";
import { frameOf, paintCurve } from "../draw/curves";
import { fixedCanvas } from "../draw/fixed_canvas";
import { onThemeChange, theme } from "../draw/theme";
import { dataTable } from "./data_table";
import { element, replace } from "./element";
import { counted, formatBytes, words } from "../format";
import { type DeviceJson, type OutlierJson, ofRanks, type RanksJson, type SummaryJson } from "./summary_json";
import { deviceTiles, tileList } from "./tiles";

interface Rank {
    /** In page.archives and in its devices. */
    archive: number;
    device: number;
    name: string;
    figures: DeviceJson;
    outliers: OutlierJson[];
    curve: Curve | null;
}

type Order = "rank" | "peak" | "reserved";

export function mountRanks(host: HTMLElement, context: Context): void {
    const { page, store } = context;
    const summary = page.model.summary as SummaryJson;
    if (!ofRanks(summary)) return;
    const ranks = ranksOf(context, summary);
    let order: Order = "rank";
    let chosen: Rank | null = null;
    let frame = frameOf([]);
    const repaints: (() => void)[] = [];

    const orderSelect = element(
        "select",
        { onchange: () => ((order = orderSelect.value as Order), drawList()) },
        element("option", { value: "rank" }, "rank"),
        element("option", { value: "peak" }, "peak, largest first"),
        element("option", { value: "reserved" }, "most reserved, largest first"),
    );
    const list = element("ul", { class: "ranks", "aria-label": "Ranks" });
    const figures = element("section", { class: "card figures", "aria-live": "polite" });

    function drawList(): void {
        const sorted = [...ranks].sort(orders[order]);
        repaints.length = 0;
        replace(list, ...sorted.map(rankItem));
    }

    function rankItem(rank: Rank): HTMLElement {
        const small = fixedCanvas((canvas, width, height) => {
            const colors = theme();
            const box = { left: 0, top: 2, width, height: height - 3 };
            canvas.clearRect(0, 0, width, height);
            canvas.strokeStyle = colors.line;
            canvas.strokeRect(0.5, 0.5, width - 1, height - 1);
            if (rank.curve) paintCurve(canvas, { curve: rank.curve, color: rank.outliers.length > 0 ? colors.bad : colors.accent, dashed: false, origin: 0 }, frame, box, true);
        });
        small.canvas.setAttribute("aria-hidden", "true");
        repaints.push(small.repaint);
        const peak = rank.figures.peak_requested_bytes;
        return element(
            "li",
            { class: rank.outliers.length > 0 ? "outlier" : null },
            element(
                "button",
                { type: "button", "aria-pressed": String(rank === chosen), onclick: () => choose(rank) },
                element("span", { class: "head" }, element("span", { title: page.model.archives[rank.archive].name }, rank.name), element("span", {}, peak === null ? "unknown" : formatBytes(peak))),
                small.canvas,
                element("span", { class: "note" }, noteOf(rank)),
            ),
        );
    }

    function choose(rank: Rank): void {
        chosen = rank;
        const at = [...list.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
        drawList();
        if (at >= 0) list.querySelectorAll("button")[at].focus();
        drawFigures();
    }

    function drawFigures(): void {
        figures.hidden = chosen === null;
        if (!chosen) return;
        const rows = chosen.figures.top.map((row) => [row.label, row.op, row.bytes, row.count]);
        replace(
            figures,
            element("h2", {}, chosen.name),
            tileList(deviceTiles(chosen.figures), page.model.definitions),
            element("h3", {}, "Live at its peak, by site"),
            dataTable({ caption: `Live at the peak of ${chosen.name}`, columns: [{ name: "site", unit: null }, { name: "operator", unit: null }, { name: "bytes", unit: "bytes", bar: true }, { name: "count", unit: "count" }], rows }),
        );
    }

    async function loadCurves(): Promise<void> {
        await Promise.all(
            ranks.map(async (rank) => {
                rank.curve = await (await page.archive(rank.archive)).curve(rank.device);
            }),
        );
        frame = frameOf(ranks.flatMap(({ curve }) => (curve ? [{ curve, color: "", dashed: false, origin: 0 }] : [])));
        for (const repaint of repaints) repaint();
    }

    const heading = element("div", { class: "head" }, element("h2", {}, `${counted(ranks.length, "curve")} of requested bytes on one scale`), element("label", { class: "field" }, "Sorted by", orderSelect));
    replace(
        host,
        element(
            "div",
            { class: "stack" },
            element("section", { class: "card" }, heading, ...leftOutNote(page.model), list),
            figures,
            sitesOver(summary),
        ),
    );
    drawList();
    drawFigures();
    void loadCurves();
    onThemeChange(() => repaints.forEach((repaint) => repaint()));
    store.observe(["view"], () => repaints.forEach((repaint) => repaint()));
}

function leftOutNote({ archives, left_out_archives: leftOut }: Page): HTMLElement[] {
    if (leftOut === 0) return [];
    return [element("p", { class: "note" }, `${counted(leftOut, "more archive")} would be too many for a page. Shown are the ${archives.length} that ran out of memory, stand out, or have the highest peaks; totals, and the sites over all, are of all.`)];
}

const orders: Record<Order, (a: Rank, b: Rank) => number> = {
    rank: (a, b) => a.archive - b.archive || a.device - b.device,
    peak: (a, b) => (b.figures.peak_requested_bytes ?? 0) - (a.figures.peak_requested_bytes ?? 0),
    reserved: (a, b) => (b.figures.peak_reserved_bytes ?? 0) - (a.figures.peak_reserved_bytes ?? 0),
};

function ranksOf(context: Context, summary: RanksJson): Rank[] {
    return context.page.model.archives.flatMap((archive, index) => {
        const json = summary.archives.find((one) => one.archive === archive.name) ?? summary.archives[index];
        return archive.devices.flatMap((device, at) => {
            const figures = json?.devices.find((one) => one.device === device.device);
            if (!figures) return [];
            const outliers = summary.outliers.filter((one) => one.archive === json.archive && one.device === device.device);
            const rank = archive.rank === null ? archive.name : `rank ${archive.rank}`;
            const name = archive.devices.length === 1 ? rank : `${rank}, ${device.kind === "host" ? "host" : `device ${device.device}`}`;
            return [{ archive: index, device: at, name, figures, outliers, curve: null }];
        });
    });
}

function noteOf(rank: Rank): string {
    const { figures, outliers } = rank;
    const parts = [figures.peak_reserved_bytes === null ? "" : `${formatBytes(figures.peak_reserved_bytes)} reserved`];
    if (figures.oom_events > 0) parts.push(`out of memory ${counted(figures.oom_events, "time")}`);
    for (const outlier of outliers) parts.push(`outlier: ${words(outlier.figure)} ${formatBytes(outlier.value)}, median ${formatBytes(outlier.median)}`);
    return parts.filter((part) => part !== "").join(" · ");
}

function sitesOver(summary: RanksJson): HTMLElement {
    const rows = summary.rows.map((row) => [row.label, row.op, row.bytes, row.count, row.archives, row.most_bytes, row.most_rank === null ? row.most_archive : `rank ${row.most_rank}`]);
    const columns = [
        { name: "site", unit: null },
        { name: "operator", unit: null },
        { name: "bytes of all", unit: "bytes" as const, bar: true },
        { name: "count", unit: "count" as const },
        { name: "archives", unit: "count" as const },
        { name: "most", unit: "bytes" as const },
        { name: "on", unit: null },
    ];
    return element("section", { class: "card" }, element("h2", {}, "Live at the peaks of all, by site"), dataTable({ caption: "Sites over all archives", columns, rows }));
}
