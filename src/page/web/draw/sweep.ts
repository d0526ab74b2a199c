// Goes through the events of a device in order, and keeps the live rows in a tree of sums.
import { LiveRows } from "../data/live";
import type { SweepColumns } from "../data/sweep_columns";
import { Changes } from "./changes";
import { SumTree } from "./sum_tree";

export class Sweep {
    readonly changes: Changes;
    readonly tree: SumTree;
    private readonly live: LiveRows;
    /** A row with a 1 is not shown. */
    private hidden: Uint8Array | null = null;
    /** The current state is the one after this event. The next change has the index `next`. */
    private event = -1;
    private next = 0;
    /** Live bytes of the allocations that are left out of the page. */
    leftOut = 0;

    constructor(private readonly columns: SweepColumns) {
        this.changes = new Changes(columns);
        this.tree = new SumTree(columns.size);
        this.live = new LiveRows(columns.start, columns.life);
    }

    hide(hidden: Uint8Array | null): void {
        this.hidden = hidden;
        this.changes.sum(hidden);
    }

    /** Computes the state after the event from the beginning. */
    begin(event: number): void {
        this.event = event;
        this.next = this.changes.after(event);
        this.leftOut = this.leftOutAt(this.next);
        this.tree.clear();
        this.live.forEach(event, (row) => {
            if (!this.hidden?.[row]) this.tree.add(row);
        });
    }

    private leftOutAt(end: number): number {
        if (!this.columns.leftOut) return 0;
        for (let i = end - 1; i >= 0; --i) {
            const bytes = this.changes.leftOutBytes(this.changes.codes[i]);
            if (bytes !== undefined) return bytes;
        }
        return 0;
    }

    /** Goes on to the state after a later event. Rows that begin and end in between are skipped. */
    advance(event: number): void {
        const { changes, columns, hidden, tree } = this;
        const { codes, events, count } = changes;
        const { start, life } = columns;
        let next = this.next;
        for (; next < count && events[next] <= event; ++next) {
            const code = codes[next];
            if (code >= 0) {
                const ends = life[code] !== 0 && start[code] + life[code] <= event;
                if (!ends && !hidden?.[code]) tree.add(code);
                continue;
            }
            const leftOut = changes.leftOutBytes(code);
            if (leftOut !== undefined) this.leftOut = leftOut;
            else if (start[~code] <= this.event && !hidden?.[~code]) tree.remove(~code);
        }
        this.next = next;
        this.event = event;
    }
}
