// The first tab: the first lines of `snapq summary`, the headline figures, the checks, and the source of the data.

import type { Context } from "../app_context";
import { checkList } from "./checks";
import { element, replace } from "./element";
import { counted, formatBytes, formatCount, formatDuration, words } from "../format";
import { type DeviceJson, type DiffJson, ofRanks, type SummaryJson } from "./summary_json";
import { changeTiles, deviceTiles, rankTiles, type Tile, tileList } from "./tiles";

export function mountSummary(host: HTMLElement, context: Context): void {
    const { model } = context.page;
    const tiles = element("section", { "aria-label": "Headline figures" });
    const facts = element("section", { class: "card" });

    function draw(): void {
        replace(tiles, tileList(headline(context), model.definitions));
        replace(facts, element("h2", {}, "Source"), sourceFacts(context));
    }
    draw();
    context.store.observe(["device"], draw);

    const checks = allChecks(context);
    const settings = settingsCard(context);
    const side = element("div", { class: "stack" }, checks.length > 0 ? checkList(checks) : null, facts, settings, definitionsCard(context));
    const screen = element(
        "section",
        { class: "card" },
        element("h2", {}, "Verdict"),
        element("pre", { class: "first-screen", tabindex: 0, "aria-label": "What snapq summary prints first" }, model.first_screen.join("\n")),
    );
    replace(host, tiles, element("div", { class: "overview" }, screen, side));
}

function allChecks(context: Context) {
    const { summary, diff } = context.page.model;
    return [...(((summary as SummaryJson | null)?.checks) ?? []), ...((diff as DiffJson | null)?.checks ?? [])];
}

function headline(context: Context): Tile[] {
    const { mode, summary, diff, left_out_archives: leftOut } = context.page.model;
    const json = summary as SummaryJson;
    if (mode === "compare") {
        const device = (diff as DiffJson).devices.find((one) => one.device === deviceNumber(context));
        if (device) return changeTiles(device);
    }
    if (mode === "ranks" && ofRanks(json)) return rankTiles(json, leftOut);
    const device = deviceJson(context);
    return device ? deviceTiles(device) : [];
}

/** The figures of the chosen device; in a comparison, those of the new archive. */
export function deviceJson(context: Context): DeviceJson | null {
    const json = context.page.model.summary as SummaryJson | null;
    if (!json) return null;
    const archive = ofRanks(json) ? json.archives[0] : json;
    return archive?.devices.find((one) => one.device === deviceNumber(context)) ?? null;
}

function deviceNumber(context: Context): number {
    return context.archive.model.devices[context.store.get().device]?.device ?? 0;
}

type Fact = [term: string, value: string | null, title?: string];

export function factList(facts: Fact[]): HTMLElement {
    const list = element("dl", { class: "facts" });
    for (const [term, value, title] of facts) {
        if (value !== null) list.append(element("dt", {}, term), element("dd", { title }, value));
    }
    return list;
}

function archiveCount(context: Context): string {
    const { archives, left_out_archives: leftOut } = context.page.model;
    const shown = formatCount(archives.length);
    return leftOut === 0 ? shown : `${formatCount(archives.length + leftOut)}, of which ${shown} are shown`;
}

function sourceFacts(context: Context): HTMLElement {
    const { model } = context.page;
    if (model.mode === "ranks") return factList([["archives", archiveCount(context)], ["snapq", model.snapq]]);
    const device = deviceJson(context);
    const facts: Fact[] = [];
    model.archives.forEach((archive, index) => {
        const role = model.mode === "compare" ? (index === 0 ? "new" : "base") : "snapshot";
        facts.push([role, `${archive.source.name}, ${formatBytes(archive.source.bytes)}, ${archive.source.kind}`]);
    });
    for (const [name, value] of Object.entries(context.archive.model.labels)) facts.push([name, value]);
    if (context.archive.model.rank !== null) facts.push(["rank", String(context.archive.model.rank)]);
    if (device) facts.push(...deviceFacts(device));
    facts.push(...pageFacts(context), ["snapq", model.snapq]);
    return factList(facts);
}

function deviceFacts(device: DeviceJson): Fact[] {
    const duration = device.first_time_us === null || device.last_time_us === null ? null : device.last_time_us - device.first_time_us;
    const recorded = device.first_time_us === null ? null : new Date(device.first_time_us / 1000).toISOString().replace("T", " ").slice(0, 19);
    return [
        ["recorded", recorded === null ? null : `${recorded} UTC`],
        ["duration", duration === null ? null : formatDuration(duration)],
        ["events", device.has_trace ? formatCount(device.event_count) : "none: the file holds only the state at the dump"],
        ["allocations", formatCount(device.allocation_count)],
        ["trace", device.has_trace ? (device.complete ? "complete" : "its oldest events are missing: figures are lower bounds") : null],
    ];
}

/** Facts about the parts of the archive that the page does not have. */
function pageFacts(context: Context): Fact[] {
    const device = context.archive.model.devices[context.store.get().device];
    const facts: Fact[] = [];
    if (device?.range) facts.push(["range", `events ${formatCount(device.range.first)} to ${formatCount(device.range.last)}`, "The page was written with --range"]);
    if (device?.shown_from) {
        const { left_out_allocations: count, left_out_bytes: bytes } = device.shown_from;
        facts.push(["left out", `${counted(count, "allocation")} of ${formatBytes(bytes)} in all, the smallest by bytes × lifetime; the timeline shows their sum as a grey band`]);
    }
    return facts;
}

// Most settings have their defaults, which are 0, false or -1. The others come first and are shown.
function settingsCard(context: Context): HTMLElement | null {
    const settings = context.archive.model.settings ?? [];
    const matter = settings.filter(([, value]) => !["", "0", "0.0", "false", "-1"].includes(value));
    if (settings.length === 0) return null;
    const rest = settings.filter((setting) => !matter.includes(setting));
    return element(
        "section",
        { class: "card" },
        element("h2", {}, "Allocator settings"),
        matter.length > 0 ? factList(matter.map(([key, value]) => [key, value])) : null,
        rest.length > 0
            ? element("details", {}, element("summary", {}, `${formatCount(rest.length)} at 0, false or unset`), factList(rest.map(([key, value]) => [key, value === "" ? "unset" : value])))
            : null,
    );
}

function definitionsCard(context: Context): HTMLElement | null {
    const terms = Object.entries(context.page.model.definitions);
    if (terms.length === 0) return null;
    return element(
        "section",
        { class: "card" },
        element("details", {}, element("summary", {}, "What the figures mean"), factList(terms.map(([term, sentence]) => [words(term), sentence]))),
    );
}
