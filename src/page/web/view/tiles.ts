// The headline figures of the first tab.

import { element } from "./element";
import { counted, exactBytes, formatBytes, formatChange, formatCount, shortened } from "../format";
import type { DeviceJson, DiffDeviceJson, PairJson, RanksJson, SpreadJson } from "./summary_json";

const mostCharacters = 80;

export interface Tile {
    title: string;
    /** The name in the page's definitions. */
    term: string;
    figure: string;
    exact?: string;
    detail?: string | null;
    bad?: boolean;
}

export function tileList(tiles: readonly Tile[], definitions: Readonly<Record<string, string>>): HTMLElement {
    return element("dl", { class: "tiles" }, ...tiles.map((tile) => tileNode(tile, definitions[tile.term])));
}

function tileNode(tile: Tile, definition: string | undefined): HTMLElement {
    return element(
        "div",
        { class: tile.bad ? "tile card bad" : "tile card" },
        element("dt", { title: definition }, tile.title),
        element("dd", { class: "figure", title: tile.exact }, tile.figure),
        element("dd", { class: "detail" }, tile.detail ?? ""),
    );
}

function bytesTile(title: string, term: string, bytes: number | null, detail?: string | null): Tile {
    if (bytes === null) return { title, term, figure: "unknown", detail: detail ?? "the file does not tell it" };
    return { title, term, figure: formatBytes(bytes), exact: exactBytes(bytes), detail: detail ?? null };
}

export function deviceTiles(device: DeviceJson): Tile[] {
    if (!device.has_trace) return dumpTiles(device);
    const peak = bytesTile("Peak, requested", "peak_requested_bytes", device.peak_requested_bytes, peakDetail(device));
    // The oldest events are missing, and the highest peak may have been among them.
    if (!device.complete && device.peak_requested_bytes !== null) peak.figure = `≥ ${peak.figure}`;
    return [
        peak,
        bytesTile("Reserved at the peak", "reserved_at_peak_bytes", device.reserved_at_peak_bytes, reservedDetail(device)),
        bytesTile("At the end, requested", "end_requested_bytes", device.end_requested_bytes, growthDetail(device)),
        oomTile(device),
    ];
}

/** The figures without a trace: only the state at the dump is known. */
function dumpTiles(device: DeviceJson): Tile[] {
    return [
        bytesTile("At the dump, requested", "end_requested_bytes", device.end_requested_bytes, "no trace, so the peak is unknown"),
        bytesTile("At the dump, reserved", "end_reserved_bytes", device.end_reserved_bytes),
    ];
}

function peakDetail(device: DeviceJson): string | null {
    if (device.peak_event === null) return null;
    if (device.peak_event < 0) return "before the first event";
    const by = device.peak_site === null ? "" : `, by ${lastParts(device.peak_site)}`;
    return `event ${formatCount(device.peak_event)}${by}`;
}

/** The last two parts of a path, as in the labels of the command line. */
function lastParts(site: string): string {
    return shortened(site.split(/[/\\]/).slice(-2).join("/"), mostCharacters);
}

function reservedDetail(device: DeviceJson): string | null {
    return device.peak_reserved_bytes === null ? null : `${formatBytes(device.peak_reserved_bytes)} at most`;
}

function growthDetail(device: DeviceJson): string | null {
    return device.growth_bytes === null ? null : `${formatChange(device.growth_bytes)} since the start`;
}

function oomTile(device: DeviceJson): Tile {
    const first = device.ooms[0];
    const detail = first && first.asked_bytes !== null ? `asked for ${formatBytes(first.asked_bytes)}${first.label ? `, by ${shortened(first.label, mostCharacters)}` : ""}` : null;
    return {
        title: "Out of memory",
        term: "oom_events",
        figure: times(device.oom_events),
        detail: device.oom_events === 0 ? null : detail,
        bad: device.oom_events > 0,
    };
}

function times(count: number): string {
    return count === 0 ? "never" : count === 1 ? "once" : `${formatCount(count)} times`;
}

export function changeTiles(device: DiffDeviceJson): Tile[] {
    return [
        changeTile("Peak, requested", "peak_requested_bytes", device.peak_requested_bytes),
        changeTile("Most reserved", "peak_reserved_bytes", device.peak_reserved_bytes),
        changeTile("At the end, requested", "end_requested_bytes", device.end_requested_bytes),
        changeTile("At the end, reserved", "end_reserved_bytes", device.end_reserved_bytes),
    ];
}

function changeTile(title: string, term: string, pair: PairJson): Tile {
    if (pair.base === null || pair.new === null || pair.delta === null) return { title, term, figure: "unknown" };
    return {
        title,
        term,
        figure: formatChange(pair.delta),
        exact: exactBytes(pair.delta),
        detail: `${formatBytes(pair.base)} → ${formatBytes(pair.new)}`,
    };
}

/** `leftOut`: archives that count in the totals and are not in the list. */
export function rankTiles(ranks: RanksJson, leftOut: number): Tile[] {
    const { totals } = ranks;
    return [
        spreadTile("Peak, requested", "peak_requested_bytes", totals.peak_requested_bytes),
        spreadTile("Most reserved", "peak_reserved_bytes", totals.peak_reserved_bytes),
        spreadTile("At the end, requested", "end_requested_bytes", totals.end_requested_bytes),
        {
            title: "Out of memory",
            term: "oom_events",
            figure: times(totals.oom_events),
            detail: `in ${counted(ranks.archives.length + leftOut, "archive")}`,
            bad: totals.oom_events > 0,
        },
    ];
}

function spreadTile(title: string, term: string, spread: SpreadJson): Tile {
    if (spread.median === null) return { title, term, figure: "unknown" };
    return {
        title: `${title}, median`,
        term,
        figure: formatBytes(spread.median),
        exact: exactBytes(spread.median),
        detail: `from ${formatBytes(spread.min)} to ${formatBytes(spread.max)}`,
    };
}
