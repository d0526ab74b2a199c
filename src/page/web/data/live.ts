// Which allocations are live after an event. The rows are in stacking order, older first, and nearly always
// also in the order of their first events. Then only some of them have to be tested.
import { lastAtMost } from "./curve";

export class LiveRows {
    private readonly ascending: boolean;

    constructor(
        /** First event of each row; -1: from before the recording. */
        readonly start: Int32Array,
        /** Events from the first one to the one after which it is not live; 0: live at the end. */
        readonly life: Int32Array,
    ) {
        this.ascending = isAscending(start);
    }

    isLive(row: number, event: number): boolean {
        const start = this.start[row];
        const life = this.life[row];
        return start <= event && (life === 0 || event < start + life);
    }

    /** Calls `visit` for each row that is live after the event, in stacking order. */
    forEach(event: number, visit: (row: number) => void): void {
        const { start, life } = this;
        const end = this.ascending ? lastAtMost(start, event) + 1 : start.length;
        for (let row = 0; row < end; ++row) {
            if (start[row] <= event && (life[row] === 0 || event < start[row] + life[row])) visit(row);
        }
    }

    at(event: number): Int32Array {
        const rows: number[] = [];
        this.forEach(event, (row) => rows.push(row));
        return Int32Array.from(rows);
    }
}

export function isAscending(values: ArrayLike<number>): boolean {
    for (let i = 1; i < values.length; ++i) {
        if (values[i] < values[i - 1]) return false;
    }
    return true;
}
