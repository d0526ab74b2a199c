// Finds the segments that were reserved from the driver at any event. The file has the segments at the end; the
// segment events after the wanted event are undone, the last one first. The rules are those of `blocks_at` in queries.
import type { Addresses } from "./details";
import type { Blocks } from "./blocks";
import { poolLabel } from "./keys";
import type { Archive, Device } from "./model";
import type { Segment, SegmentBlock } from "./types";

const ALLOC = 0;
const MAP = 2;
const UNMAP = 3;

export interface SegmentEvents {
    readonly event: Int32Array;
    readonly action: Uint8Array;
    readonly address: BigUint64Array;
    readonly size: Float64Array;
    /** Index + 1, 0: none. `pool` has the same form. */
    readonly stream: Int32Array;
    readonly pool: Int32Array;
}

/** One contiguous reserved range. Streams and pools are indexes, -1: unknown. */
export interface Range {
    readonly address: bigint;
    readonly size: number;
    readonly stream: number;
    readonly pool: number;
    readonly expandable: boolean;
    readonly type: string | null;
}

export class SegmentHistory {
    constructor(
        private readonly archive: Archive,
        private readonly final: readonly Range[],
        private readonly events: SegmentEvents | null,
    ) {}

    /** null: the file does not have the segments of the device. */
    static async load(archive: Archive, device: Device, blocks: Blocks): Promise<SegmentHistory | null> {
        const model = device.segment_events;
        if (!device.segments?.length && !model) return null;
        const final = (device.segments ?? []).map(([address, size, stream, pool, expandable, type]) => ({
            address: BigInt(address), size, stream, pool, expandable: Boolean(expandable), type,
        }));
        const events = model && {
            event: await blocks.integers(model.event),
            action: await blocks.bytes(model.action),
            address: await blocks.bigs(model.address),
            size: await blocks.doubles(model.size),
            stream: await blocks.integers(model.stream),
            pool: await blocks.integers(model.pool),
        };
        return new SegmentHistory(archive, final, events ?? null);
    }

    /** The segments by address, without blocks; null: the events contradict the segments at the end. */
    at(event: number): Segment[] | null {
        const ranges = rangesAt(this.final, this.events, event);
        return ranges && ranges.map((range) => this.named(range));
    }

    private named(range: Range): Segment {
        const pool = this.archive.pools?.[range.pool];
        return {
            address: range.address,
            size: range.size,
            stream: this.archive.streams?.[range.stream]?.label ?? null,
            pool: pool === undefined ? null : poolLabel(pool),
            expandable: range.expandable,
            type: range.type,
            blocks: [],
        };
    }

    /** Puts the live rows into the segments that hold them. */
    withBlocks(segments: readonly Segment[], live: Int32Array, size: Float64Array, addresses: Addresses): Segment[] {
        const placed = Array.from(live, (row) => ({ row, address: addresses.of(row) }));
        placed.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.row - b.row));
        let next = 0;
        return segments.map((segment) => {
            const end = segment.address + BigInt(segment.size);
            while (next < placed.length && placed[next].address < segment.address) ++next;
            const blocks: SegmentBlock[] = [];
            for (; next < placed.length && placed[next].address < end; ++next) {
                const { row, address } = placed[next];
                blocks.push({ row, offset: Number(address - segment.address), size: size[row] });
            }
            return { ...segment, blocks };
        });
    }
}

/** The ranges after `event`, by address; null: the events contradict the final ranges. */
export function rangesAt(final: readonly Range[], events: SegmentEvents | null, event: number): Range[] | null {
    const ranges = [...final].sort((a, b) => (a.address < b.address ? -1 : 1));
    for (let i = (events?.event.length ?? 0) - 1; i >= 0 && events!.event[i] > event; --i) {
        if (!undo(ranges, events!, i)) return null;
    }
    return ranges;
}

function undo(ranges: Range[], events: SegmentEvents, i: number): boolean {
    const action = events.action[i];
    const range: Range = {
        address: events.address[i],
        size: events.size[i],
        stream: events.stream[i] - 1,
        pool: events.pool[i] - 1,
        expandable: action === UNMAP,
        type: null,
    };
    if (range.size === 0) return true;
    return action === ALLOC || action === MAP ? remove(ranges, range) : insert(ranges, range, action === UNMAP);
}

function endOf(range: Range): bigint {
    return range.address + BigInt(range.size);
}

/** Index of the first range that ends after the address. */
function firstEndingAfter(ranges: readonly Range[], address: bigint): number {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (endOf(ranges[middle]) <= address) low = middle + 1;
        else high = middle;
    }
    return low;
}

// Removes a range, and keeps the rest of ranges that it cuts. False: some of it is not in the ranges.
function remove(ranges: Range[], { address, size }: Range): boolean {
    const end = address + BigInt(size);
    const first = firstEndingAfter(ranges, address);
    const rest: Range[] = [];
    let covered = address;
    let last = first;
    for (; last < ranges.length && covered < end; ++last) {
        const range = ranges[last];
        if (range.address > covered) return false;
        if (range.address < address) rest.push({ ...range, size: Number(address - range.address) });
        if (endOf(range) > end) rest.push({ ...range, address: end, size: Number(endOf(range) - end) });
        covered = endOf(range);
    }
    if (covered < end) return false;
    ranges.splice(first, last - first, ...rest);
    return true;
}

function insert(ranges: Range[], range: Range, join: boolean): boolean {
    const at = firstEndingAfter(ranges, range.address);
    if (at < ranges.length && ranges[at].address < endOf(range)) return false;
    ranges.splice(at, 0, range);
    if (!join) return true;
    joinWithNext(ranges, at);
    if (at > 0) joinWithNext(ranges, at - 1);
    return true;
}

// A snapshot has one segment for each contiguous mapped range of an expandable segment.
function joinWithNext(ranges: Range[], at: number): void {
    const here = ranges[at];
    const next = ranges[at + 1];
    if (!next || endOf(here) !== next.address || !here.expandable || !next.expandable) return;
    if (here.stream !== next.stream) return;
    if (here.pool >= 0 && next.pool >= 0 && here.pool !== next.pool) return;
    if (here.type && next.type && here.type !== next.type) return;
    ranges.splice(at, 2, {
        ...here,
        size: here.size + next.size,
        pool: here.pool >= 0 ? here.pool : next.pool,
        type: here.type ?? next.type,
    });
}
