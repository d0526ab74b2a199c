// Two archives: their curves on one scale, and the rows that make the difference.

import type { Context } from "../app_context";
import type { Curve } from "../data/types";
import { type CurveLine, frameOf, paintAxis, paintCurve, xOf } from "../draw/curves";
import { fixedCanvas } from "../draw/fixed_canvas";
import { onThemeChange, theme } from "../draw/theme";
import { dataTable } from "./data_table";
import { element, replace, withProperty } from "./element";
import { formatBytes, formatCount } from "../format";
import type { DiffDeviceJson, DiffJson } from "./summary_json";
import { changeTiles, tileList } from "./tiles";

type Alignment = "start" | "peak" | `step:${number}`;

const margin = { left: 84, right: 12, top: 10, bottom: 22 };

export function mountCompare(host: HTMLElement, context: Context): void {
    const { store, page } = context;
    const diff = page.model.diff as DiffJson;
    let alignment: Alignment = "start";
    let curves: (Curve | null)[] = [];

    const alignSelect = element("select", { onchange: () => ((alignment = alignSelect.value as Alignment), drawCurves()) });
    const tiles = element("section", { "aria-label": "Changes" });
    const spoken = element("p", { class: "note" });
    const rows = element("section", { class: "card" });
    const remarks = element("section", { class: "card" });

    const picture = fixedCanvas((canvas, width, height) => {
        const colors = theme();
        const lines = linesOf(colors.accent, colors.muted);
        const frame = frameOf(lines);
        const box = { left: margin.left, top: margin.top, width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
        canvas.clearRect(0, 0, width, height);
        paintAxis(canvas, frame, box, colors);
        for (const line of lines) paintCurve(canvas, line, frame, box, !line.dashed);
        canvas.fillStyle = colors.muted;
        canvas.textBaseline = "top";
        const zero = xOf(frame, box, 0);
        canvas.fillRect(Math.round(zero), box.top, 1, box.height);
        canvas.fillText(alignment === "start" ? "0" : alignment.replace(":", " "), Math.min(zero, width - 60), height - margin.bottom + 6);
        canvas.textAlign = "right";
        canvas.fillText(`${formatCount(Math.round(frame.to))} events`, width - margin.right, height - margin.bottom + 6);
        canvas.textAlign = "left";
    });
    picture.canvas.className = "curves";
    picture.canvas.setAttribute("role", "img");

    function linesOf(newColor: string, baseColor: string): CurveLine[] {
        const lines: CurveLine[] = [];
        const [fresh, base] = curves;
        if (base) lines.push({ curve: base, color: baseColor, dashed: true, origin: originOf(1) });
        if (fresh) lines.push({ curve: fresh, color: newColor, dashed: false, origin: originOf(0) });
        return lines;
    }

    function deviceOf(archive: number) {
        const number = page.model.archives[0].devices[store.get().device]?.device;
        return page.model.archives[archive].devices.find((device) => device.device === number);
    }

    function originOf(archive: number): number {
        const device = deviceOf(archive);
        if (!device || alignment === "start") return curves[archive]?.event[0] ?? 0;
        if (alignment === "peak") return device.moments?.find((moment) => moment.name === "peak")?.event ?? 0;
        return device.steps?.find((step) => step[0] === Number(alignment.slice(5)))?.[1] ?? 0;
    }

    function fillAlignments(): void {
        const steps = (deviceOf(0)?.steps ?? []).map((step) => step[0]);
        const both = new Set((deviceOf(1)?.steps ?? []).map((step) => step[0]));
        const common = steps.filter((step) => both.has(step));
        replace(alignSelect, ...["start", "peak", ...common.map((step) => `step:${step}`)].map((name) => element("option", { value: name }, name.startsWith("step") ? `start of step ${name.slice(5)}` : name)));
        alignment = "start";
    }

    function drawCurves(): void {
        picture.repaint();
        const device = diffDevice();
        const text = device ? `Requested bytes of both. Peak ${bytesOf(device.peak_requested_bytes.new)}, base ${bytesOf(device.peak_requested_bytes.base)}.` : "The base does not have this device.";
        picture.canvas.setAttribute("aria-label", text);
        spoken.textContent = device ? "" : text;
    }

    function diffDevice(): DiffDeviceJson | undefined {
        const number = page.model.archives[0].devices[store.get().device]?.device;
        return diff.devices.find((device) => device.device === number);
    }

    async function load(): Promise<void> {
        fillAlignments();
        const device = diffDevice();
        replace(tiles, device ? tileList(changeTiles(device), page.model.definitions) : null);
        replace(rows, ...rowsOf(device));
        curves = await Promise.all([0, 1].map(curveOf));
        drawCurves();
    }

    async function curveOf(archive: number): Promise<Curve | null> {
        const device = deviceOf(archive);
        if (!device) return null;
        return (await page.archive(archive)).curve(page.model.archives[archive].devices.indexOf(device));
    }

    const [fresh, base] = page.model.archives;
    replace(remarks, element("h2", {}, "Remarks"), element("ul", { class: "remarks" }, ...[...diff.warnings, ...diff.remarks].map((text) => element("li", {}, text))));
    remarks.hidden = diff.warnings.length + diff.remarks.length === 0;
    replace(
        host,
        element(
            "div",
            { class: "compare-view" },
            tiles,
            element(
                "section",
                { class: "card" },
                element(
                    "div",
                    { class: "head" },
                    element("h2", {}, "Requested bytes"),
                    element("div", { class: "tools" }, keyLine(`new: ${fresh.name}`, "accent", false), keyLine(`base: ${base.name}`, "muted", true), element("label", { class: "field" }, "Aligned at", alignSelect)),
                ),
                picture.canvas,
                spoken,
            ),
            rows,
            remarks,
        ),
    );
    onThemeChange(picture.repaint);
    store.observe(["device"], () => void load());
    store.observe(["view"], picture.repaint);
    void load();
}

function keyLine(label: string, color: "accent" | "muted", dashed: boolean): HTMLElement {
    const line = withProperty(element("span", { class: dashed ? "key-line dashed" : "key-line", "aria-hidden": "true" }), "--swatch", `var(--${color})`);
    return element("span", { class: "key" }, line, label);
}

function bytesOf(bytes: number | null): string {
    return bytes === null ? "unknown" : formatBytes(bytes);
}

function rowsOf(device: DiffDeviceJson | undefined): HTMLElement[] {
    if (!device) return [element("p", { class: "note" }, "There is nothing to compare for this device.")];
    const moments = device.base_at && device.new_at ? ` (base: ${device.base_at.moment}, new: ${device.new_at.moment})` : "";
    const columns = [
        { name: "status", unit: null },
        { name: "site", unit: null },
        { name: "change", unit: "change" as const },
        { name: "base", unit: "bytes" as const },
        { name: "new", unit: "bytes" as const },
        { name: "base count", unit: "count" as const },
        { name: "new count", unit: "count" as const },
        { name: "why", unit: null },
    ];
    const rows = device.rows.map((row) => [row.status, row.label, row.delta_bytes, row.base_bytes, row.new_bytes, row.base_count, row.new_count, row.why]);
    return [element("h2", {}, `What differs in live memory, by site${moments}`), dataTable({ caption: "Differences by site", columns, rows })];
}
