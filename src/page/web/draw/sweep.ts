// Goes through the events of a device in order, and keeps what is live after each of them.
import { isAscending, LiveRows } from "../data/live";
import { lastAtMost } from "../data/curve";
import { SumTree } from "./sum_tree";

const NEVER = Infinity;

export interface SweepColumns {
    readonly start: Int32Array;
    readonly life: Int32Array;
    readonly size: Float64Array;
    /** Bytes that are not in the rows, as steps; null: none. */
    readonly leftOut: { readonly event: Int32Array; readonly bytes: Float64Array } | null;
}

export class Sweep {
    readonly tree: SumTree;
    private readonly live: LiveRows;
    /** Rows by their first event. */
    private readonly starts: Int32Array;
    /** Rows that end, by the event at which they do, and these events. */
    private readonly ends: Int32Array;
    private readonly endEvents: Int32Array;
    /** 1: not shown. */
    private hidden: Uint8Array | null = null;

    private nextStart = 0;
    private nextEnd = 0;
    private nextLeftOut = 0;
    private inTree = false;
    /** Bytes of the shown live rows, and of what is left out of the page. */
    shown = 0;
    leftOut = 0;

    constructor(private readonly columns: SweepColumns) {
        const { start, life, size } = columns;
        this.tree = new SumTree(size);
        this.live = new LiveRows(start, life);
        this.starts = rowsInOrder(start);
        this.ends = rowsByEnd(start, life);
        this.endEvents = Int32Array.from(this.ends, (row) => start[row] + life[row]);
    }

    hide(hidden: Uint8Array | null): void {
        this.hidden = hidden;
    }

    get total(): number {
        return this.shown + this.leftOut;
    }

    /** The state after the event. `inTree`: also the tree is kept, which costs more. */
    begin(event: number, inTree: boolean): void {
        this.inTree = inTree;
        this.shown = 0;
        this.nextStart = firstAfter(this.starts.length, (i) => this.columns.start[this.starts[i]], event);
        this.nextEnd = lastAtMost(this.endEvents, event) + 1;
        const leftOut = this.columns.leftOut;
        this.nextLeftOut = leftOut ? lastAtMost(leftOut.event, event) + 1 : 0;
        this.leftOut = leftOut && this.nextLeftOut > 0 ? leftOut.bytes[this.nextLeftOut - 1] : 0;
        if (inTree) this.tree.clear();
        this.live.forEach(event, (row) => {
            if (this.hidden?.[row]) return;
            this.shown += this.columns.size[row];
            if (inTree) this.tree.add(row);
        });
    }

    /** The next event that changes something. */
    nextEvent(): number {
        const { start, leftOut } = this.columns;
        let next = this.nextStart < this.starts.length ? start[this.starts[this.nextStart]] : NEVER;
        if (this.nextEnd < this.endEvents.length && this.endEvents[this.nextEnd] < next) next = this.endEvents[this.nextEnd];
        if (leftOut && this.nextLeftOut < leftOut.event.length && leftOut.event[this.nextLeftOut] < next) next = leftOut.event[this.nextLeftOut];
        return next;
    }

    /** Applies all events up to this one. Events only rise. */
    advance(event: number): void {
        const { start, leftOut } = this.columns;
        while (this.nextStart < this.starts.length && start[this.starts[this.nextStart]] <= event) {
            this.add(this.starts[this.nextStart++]);
        }
        while (this.nextEnd < this.ends.length && this.endEvents[this.nextEnd] <= event) {
            this.remove(this.ends[this.nextEnd++]);
        }
        while (leftOut && this.nextLeftOut < leftOut.event.length && leftOut.event[this.nextLeftOut] <= event) {
            this.leftOut = leftOut.bytes[this.nextLeftOut++];
        }
    }

    private add(row: number): void {
        if (this.hidden?.[row]) return;
        this.shown += this.columns.size[row];
        if (this.inTree) this.tree.add(row);
    }

    private remove(row: number): void {
        if (this.hidden?.[row]) return;
        this.shown -= this.columns.size[row];
        if (this.inTree) this.tree.remove(row);
    }
}

function firstAfter(count: number, eventOf: (i: number) => number, event: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (eventOf(middle) <= event) low = middle + 1;
        else high = middle;
    }
    return low;
}

function rowsInOrder(start: Int32Array): Int32Array {
    const rows = Int32Array.from(start, (_, row) => row);
    return isAscending(start) ? rows : rows.sort((a, b) => start[a] - start[b] || a - b);
}

// Sorted by counting, so that it takes the same time for any order.
function rowsByEnd(start: Int32Array, life: Int32Array): Int32Array {
    let last = 0;
    let count = 0;
    for (let row = 0; row < life.length; ++row) {
        if (life[row] === 0) continue;
        last = Math.max(last, start[row] + life[row]);
        count += 1;
    }
    const places = new Int32Array(last + 2);
    for (let row = 0; row < life.length; ++row) {
        if (life[row] !== 0) places[start[row] + life[row] + 1] += 1;
    }
    for (let event = 1; event < places.length; ++event) places[event] += places[event - 1];
    const rows = new Int32Array(count);
    for (let row = 0; row < life.length; ++row) {
        if (life[row] !== 0) rows[places[start[row] + life[row]]++] = row;
    }
    return rows;
}
