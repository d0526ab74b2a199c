// The details of one allocation. These columns are large and seldom needed, so they are read when the user
// opens the first details.
import type { DeviceData } from "./device_data";
import type { Blocks } from "./blocks";
import { BEFORE_RECORDING, poolLabel } from "./keys";
import type { ColumnName, Device } from "./model";
import type { Allocation, Brief, Frame } from "./types";

const ORIGINS = ["trace", "preexisting_freed", "preexisting_kept"] as const;

/** Addresses in bytes. */
export class Addresses {
    constructor(
        private readonly values: BigUint64Array,
        private readonly unit: bigint,
    ) {}

    of(row: number): bigint {
        return BigInt.asUintN(64, this.values[row] * this.unit);
    }
}

export class DetailColumns {
    private constructor(
        readonly requested: Int32Array,
        /** Index + 1, 0: none. `metadata` has the same form. */
        readonly freeStack: Int32Array,
        readonly metadata: Int32Array,
        /** null: the page has no addresses. */
        readonly addresses: Addresses | null,
    ) {}

    static async load(model: Device, blocks: Blocks, rows: number): Promise<DetailColumns> {
        const integers = async (name: ColumnName): Promise<Int32Array> => {
            const block = model.columns?.[name];
            return block ? blocks.integers(block) : new Int32Array(rows);
        };
        const address = model.columns?.address;
        return new DetailColumns(
            await integers("requested"),
            await integers("free_stack"),
            await integers("metadata"),
            address ? new Addresses(await blocks.bigs(address), BigInt(model.address_unit ?? 512)) : null,
        );
    }
}

/** The event after which the row is no longer live; null: live at the end. */
function endOf(device: DeviceData, row: number): number | null {
    return device.life[row] === 0 ? null : device.start[row] + device.life[row];
}

function siteOf(device: DeviceData, row: number): string {
    return device.archive.keyOfSource("site", device.source[row])?.label ?? BEFORE_RECORDING;
}

export function briefOf(device: DeviceData, row: number, event: number): Brief {
    const since = device.start[row] >= 0 ? device.timeAt(device.start[row]) : null;
    const now = device.timeAt(event);
    return {
        row,
        size: device.size[row],
        start: device.start[row],
        end: endOf(device, row),
        site: siteOf(device, row),
        category: device.archive.model.categories?.[device.placeOf(row).category] ?? "",
        age: since === null || now === null ? null : now - since,
    };
}

export function detailsOf(device: DeviceData, row: number, columns: DetailColumns): Allocation {
    const archive = device.archive.model;
    const start = device.start[row];
    const end = endOf(device, row);
    const source = device.source[row];
    const stackIndex = archive.sources?.stack[source] ?? -1;
    const stack = archive.stacks?.[stackIndex] ?? null;
    const place = device.placeOf(row);
    const framesOf = (index: number | null | undefined): readonly Frame[] | null =>
        index === null || index === undefined || index < 0 ? null : (device.archive.tree?.framesOfStack(index) ?? null);
    const pool = archive.pools?.[place.pool - 1];
    const idx = device.idxOf(row);
    return {
        row,
        idx,
        size: device.size[row],
        start,
        end,
        freeRequested: end === null ? null : end - columns.requested[row],
        startTime: start < 0 ? null : device.timeAt(start),
        endTime: end === null ? null : device.timeAt(end),
        origin: ORIGINS[archive.sources?.origin[source] ?? 0],
        site: siteOf(device, row),
        category: archive.categories?.[place.category] ?? "",
        op: stack?.op ?? null,
        phase: stack?.phase ?? null,
        stream: archive.streams?.[place.stream - 1]?.label ?? null,
        pool: pool === undefined ? null : poolLabel(pool),
        address: columns.addresses?.of(row) ?? null,
        metadata: archive.metadata?.[columns.metadata[row] - 1] ?? null,
        stack: framesOf(stackIndex) ?? [],
        forwardStack: framesOf(stack?.forward),
        freeStack: framesOf(columns.freeStack[row] - 1),
        sql: `SELECT * FROM allocations WHERE device = ${device.model.device} AND idx = ${idx}`,
    };
}
