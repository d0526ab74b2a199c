// One device of an archive: its columns, and the answers that the page computes from them.
import type { ArchiveData } from "./archive_data";
import type { Blocks } from "./blocks";
import { interpolated, lastAtMost, loadCurve } from "./curve";
import { DetailColumns, briefOf, detailsOf } from "./details";
import { Keys, keyKindsOf, keysOf } from "./keys";
import { LiveRows } from "./live";
import type { ColumnName, Device, KeyKind, MomentModel } from "./model";
import { searchRows } from "./search";
import { SegmentHistory } from "./segments";
import { SweepColumns, loadSweepColumns } from "./sweep_columns";
import { sumTree, sumsBySource } from "./tree_sums";
import type { Allocation, Brief, CallTree, Curve, DeviceView, Group, Segment, TreeMoment, TreeSums } from "./types";

/** The columns that pictures and tables need at once; those of the details are loaded on demand. */
interface Columns extends SweepColumns {
    readonly source: Int32Array;
    readonly stream: Int32Array;
    readonly pool: Int32Array;
    readonly category: Int32Array;
    readonly idx: Int32Array;
}

export async function loadDevice(archive: ArchiveData, model: Device, blocks: Blocks): Promise<DeviceData> {
    const swept = await loadSweepColumns(model, blocks);
    const rows = swept.start.length;
    const integers = async (name: ColumnName): Promise<Int32Array> => {
        const block = model.columns?.[name];
        const values = block ? await blocks.integers(block) : new Int32Array(rows);
        if (values.length !== rows) throw new Error(`the page is damaged: column ${name} has ${values.length} rows`);
        return values;
    };
    const columns = {
        ...swept,
        source: await integers("source"),
        stream: await integers("stream"),
        pool: await integers("pool"),
        category: await integers("category"),
        idx: await integers("idx"),
    };
    return new DeviceData(archive, model, blocks, columns, await loadCurve(blocks, model.curve));
}

const KEPT_TOTALS = 16;

export class DeviceData implements DeviceView {
    readonly live: LiveRows;
    readonly keyKinds: readonly KeyKind[];
    readonly moments: readonly MomentModel[];
    readonly first: number;
    readonly end: number;
    // Only for the kinds that were used last, because a column of keys takes 4 bytes a row.
    private readonly keys = new Map<KeyKind, Keys>();
    private readonly totals = new Map<number, { bytes: number; count: number; leftOut: number }>();
    private details: Promise<DetailColumns> | null = null;
    private history: Promise<SegmentHistory | null> | null = null;

    constructor(
        readonly archive: ArchiveData,
        readonly model: Device,
        private readonly blocks: Blocks,
        private readonly columns: Columns,
        readonly curve: Curve | null,
    ) {
        this.live = new LiveRows(columns.start, columns.life);
        this.keyKinds = keyKindsOf(archive.model, model);
        this.moments = model.moments ?? [];
        this.first = model.range ? model.range.first : -1;
        this.end = model.range ? model.range.last + 1 : Math.max(model.events, this.first + 1);
    }

    get rows(): number {
        return this.start.length;
    }
    get start(): Int32Array {
        return this.columns.start;
    }
    get life(): Int32Array {
        return this.columns.life;
    }
    get size(): Float64Array {
        return this.columns.size;
    }
    get source(): Int32Array {
        return this.columns.source;
    }
    get hasAddresses(): boolean {
        return Boolean(this.model.columns?.address);
    }

    isLive(row: number, event: number): boolean {
        return this.live.isLive(row, event);
    }

    liveAt(event: number): Int32Array {
        return this.live.at(event);
    }

    /** The last results are kept, because the cursor needs them again for each drawn frame. */
    totalAt(event: number): { bytes: number; count: number; leftOut: number } {
        let total = this.totals.get(event);
        if (!total) {
            if (this.totals.size >= KEPT_TOTALS) this.totals.clear();
            this.totals.set(event, (total = this.sumAt(event)));
        }
        return total;
    }

    private sumAt(event: number): { bytes: number; count: number; leftOut: number } {
        let bytes = 0;
        let count = 0;
        this.live.forEach(event, (row) => {
            bytes += this.size[row];
            count += 1;
        });
        const leftOut = this.leftOutAt(event, bytes);
        return { bytes: bytes + leftOut, count, leftOut };
    }

    // Exact if the device's curve has the event. Otherwise from the curve of what is left out, which is thinned more.
    private leftOutAt(event: number, shown: number): number {
        const { leftOut } = this.columns;
        if (!leftOut) return 0;
        const at = this.curve ? lastAtMost(this.curve.event, event) : -1;
        if (this.curve && at >= 0 && this.curve.event[at] === event) return this.curve.requested[at] - shown;
        const step = lastAtMost(leftOut.event, event);
        return step < 0 ? 0 : leftOut.bytes[step];
    }

    reservedAt(event: number): number | null {
        if (!this.curve?.reserved) return null;
        const at = lastAtMost(this.curve.event, event);
        return at < 0 ? null : this.curve.reserved[at];
    }

    groupLive(event: number, by: KeyKind): Group[] {
        const { of, keys, labels } = this.keysBy(by);
        const bytes = new Float64Array(keys.length);
        const count = new Float64Array(keys.length);
        this.live.forEach(event, (row) => {
            bytes[of[row]] += this.size[row];
            count[of[row]] += 1;
        });
        const groups: Group[] = [];
        for (let i = 0; i < keys.length; ++i) {
            if (count[i] > 0) groups.push({ key: keys[i], label: labels[i], bytes: bytes[i], count: count[i] });
        }
        return groups.sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1));
    }

    keyOf(by: KeyKind): Int32Array {
        return this.keysBy(by).of;
    }

    keyTexts(by: KeyKind): { keys: readonly string[]; labels: readonly string[] } {
        return this.keysBy(by);
    }

    private keysBy(by: KeyKind): Keys {
        let keys = this.keys.get(by);
        if (!keys) {
            const oldest = this.keys.size >= 3 ? this.keys.keys().next().value : undefined;
            if (oldest) this.keys.delete(oldest);
            keys = keysOf(by, this.archive.model, this.columns);
            this.keys.set(by, keys);
        }
        return keys;
    }

    treeSums(moment: TreeMoment, tree: CallTree): TreeSums {
        return sumTree(this.archive.model, sumsBySource(this, moment), tree);
    }

    stackBytes(moment: TreeMoment): Map<number, number> {
        const sums = sumsBySource(this, moment);
        const { stacks, sources } = this.archive.model;
        const byStack = new Map<number, number>();
        sums.count.forEach((count, source) => {
            if (count === 0) return;
            const stack = sources!.stack[source];
            const id = stack < 0 ? -1 : stacks![stack].id;
            byStack.set(id, (byStack.get(id) ?? 0) + sums.bytes[source]);
        });
        return byStack;
    }

    async segmentsAt(event: number): Promise<readonly Segment[] | null> {
        this.history ??= SegmentHistory.load(this.archive.model, this.model, this.blocks);
        const history = await this.history;
        const segments = history?.at(event) ?? null;
        if (!segments || !this.hasAddresses) return segments;
        const { addresses } = await this.detailColumns();
        return history!.withBlocks(segments, this.liveAt(event), this.size, addresses!);
    }

    brief(row: number, event: number): Brief {
        return briefOf(this, row, event);
    }

    async allocation(row: number): Promise<Allocation> {
        return detailsOf(this, row, await this.detailColumns());
    }

    detailColumns(): Promise<DetailColumns> {
        this.details ??= DetailColumns.load(this.model, this.blocks, this.rows);
        return this.details;
    }

    /** Row number in table `allocations`. */
    idxOf(row: number): number {
        return this.columns.idx[row];
    }

    /** Index + 1 in archive.streams and archive.pools, 0: none; index in archive.categories. */
    placeOf(row: number): { stream: number; pool: number; category: number } {
        const { stream, pool, category } = this.columns;
        return { stream: stream[row], pool: pool[row], category: category[row] };
    }

    timeAt(event: number): number | null {
        if (!this.curve?.time) return null;
        return interpolated(this.curve.event, this.curve.time, event);
    }

    eventAtTime(time: number): number {
        if (!this.curve?.time) return this.first;
        return interpolated(this.curve.time, this.curve.event, time);
    }

    moment(name: string): number | null {
        return this.moments.find((moment) => moment.name === name)?.event ?? null;
    }

    async search(text: string): Promise<Uint8Array | null> {
        return searchRows(this, text);
    }
}
