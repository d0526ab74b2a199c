// Decides where each segment is drawn. Segments of one pool and stream are together, the largest first.

import type { Segment } from "../data/types";
import { counted, formatBytes } from "../format";

export type SegmentScale = "bytes" | "line";

export interface PlacedSegment {
    segment: Segment;
    x: number;
    y: number;
    width: number;
}

export interface SegmentHeading {
    text: string;
    y: number;
}

export interface SegmentLayout {
    placed: PlacedSegment[];
    headings: SegmentHeading[];
    height: number;
}

export const barHeight = 22;
const lineGap = 5;
const headingHeight = 26;
const groupGap = 8;
const segmentGap = 3;
// CSS pixels, so that a segment of 2 MiB is visible beside one of 40 GiB.
const leastWidth = 3;
/** Room for the size of a segment when each has its own line. */
export const labelWidth = 96;

/**
 * `bytes`: all segments on one scale, several on a line; the largest fills a line.
 * `line`: each segment fills its own line.
 */
export function layoutSegments(segments: readonly Segment[], width: number, scale: SegmentScale): SegmentLayout {
    const largest = segments.reduce((most, segment) => Math.max(most, segment.size), 1);
    const layout: SegmentLayout = { placed: [], headings: [], height: 0 };
    for (const group of groupsOf(segments)) {
        layout.headings.push({ text: headingOf(group), y: layout.height });
        layout.height += headingHeight;
        if (scale === "line") placeLines(layout, group, width);
        else placeToScale(layout, group, width, largest);
        layout.height += groupGap;
    }
    return layout;
}

function placeLines(layout: SegmentLayout, group: readonly Segment[], width: number): void {
    for (const segment of group) {
        layout.placed.push({ segment, x: labelWidth, y: layout.height, width: Math.max(1, width - labelWidth) });
        layout.height += barHeight + lineGap;
    }
}

function placeToScale(layout: SegmentLayout, group: readonly Segment[], width: number, largest: number): void {
    let x = 0;
    for (const segment of group) {
        const own = Math.max(leastWidth, (segment.size / largest) * width);
        if (x > 0 && x + own > width + 0.5) {
            x = 0;
            layout.height += barHeight + lineGap;
        }
        layout.placed.push({ segment, x, y: layout.height, width: own });
        x += own + segmentGap;
    }
    layout.height += barHeight + lineGap;
}

function groupsOf(segments: readonly Segment[]): Segment[][] {
    const groups = new Map<string, Segment[]>();
    for (const segment of segments) {
        const key = `${segment.pool}\n${segment.stream}\n${segment.type}`;
        const group = groups.get(key);
        if (group) group.push(segment);
        else groups.set(key, [segment]);
    }
    const sorted = [...groups.values()].map((group) => group.sort((a, b) => b.size - a.size || (a.address < b.address ? -1 : 1)));
    return sorted.sort((a, b) => reserved(b) - reserved(a));
}

export function reserved(segments: readonly Segment[]): number {
    return segments.reduce((sum, segment) => sum + segment.size, 0);
}

export function used(segment: Segment): number {
    return segment.blocks.reduce((sum, block) => sum + block.size, 0);
}

/** The pool and stream of a segment. The file has no pool for a segment that was freed before the end. */
export function placeName({ pool, stream }: Segment): string {
    return `${pool ?? "pool not recorded"} · ${stream ?? "stream not recorded"}`;
}

function headingOf(group: readonly Segment[]): string {
    const { type } = group[0];
    const free = group.reduce((sum, segment) => sum + segment.size - used(segment), 0);
    const names = [placeName(group[0])];
    if (type) names.push(`${type} requests`);
    return `${names.join(" · ")}: ${counted(group.length, "segment")}, ${formatBytes(reserved(group))} reserved, ${formatBytes(free)} unused`;
}

export interface SegmentHit {
    place: PlacedSegment;
    /** Bytes from the start of the segment. */
    offset: number;
    /** Index in segment.blocks; null: free. */
    block: number | null;
}

export function segmentAt(layout: SegmentLayout, x: number, y: number): SegmentHit | null {
    const place = layout.placed.find((one) => one.y <= y && y < one.y + barHeight && one.x <= x && x < one.x + one.width);
    if (!place) return null;
    const offset = ((x - place.x) / place.width) * place.segment.size;
    const bytesPerPixel = place.segment.size / place.width;
    const block = place.segment.blocks.findIndex((one) => one.offset <= offset && offset < one.offset + Math.max(one.size, bytesPerPixel));
    return { place, offset, block: block < 0 ? null : block };
}

/** The split of the reserved bytes, as far as the page can tell it. */
export interface Split {
    reserved: number;
    requested: number;
    cached: number;
    cachedSegments: number;
    /** Unused bytes in segments that are in use: holes, and bytes that are lost to rounded block sizes. */
    unused: number;
    holes: number;
    largestHole: number;
}

// Blocks start at multiples of 512 bytes. The unused rest of the last 512 bytes is rounding, not a hole.
const blockUnit = 512;

export function splitOf(segments: readonly Segment[]): Split {
    const split: Split = { reserved: 0, requested: 0, cached: 0, cachedSegments: 0, unused: 0, holes: 0, largestHole: 0 };
    for (const segment of segments) {
        split.reserved += segment.size;
        if (segment.blocks.length === 0) {
            split.cached += segment.size;
            ++split.cachedSegments;
            continue;
        }
        const requested = used(segment);
        split.requested += requested;
        split.unused += segment.size - requested;
        for (const hole of holesOf(segment)) {
            ++split.holes;
            split.largestHole = Math.max(split.largestHole, hole);
        }
    }
    return split;
}

/** Sizes of the free gaps of a segment that is in use, by address. */
export function holesOf(segment: Segment): number[] {
    const holes: number[] = [];
    let at = 0;
    for (const block of segment.blocks) {
        if (block.offset - at >= blockUnit) holes.push(block.offset - at);
        at = Math.max(at, Math.ceil((block.offset + block.size) / blockUnit) * blockUnit);
    }
    if (segment.size - at >= blockUnit) holes.push(segment.size - at);
    return holes;
}

export function largestHoleOf(segments: readonly Segment[]): Segment | null {
    let found: Segment | null = null;
    let largest = 0;
    for (const segment of segments) {
        const hole = segment.blocks.length > 0 ? Math.max(0, ...holesOf(segment)) : 0;
        if (hole > largest) [found, largest] = [segment, hole];
    }
    return found;
}
