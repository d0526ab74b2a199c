// All changes of the live bytes of a device, in the order of events.
import { lastAtMost } from "../data/curve";
import type { SweepColumns } from "../data/sweep_columns";

// Codes from this one down are steps of the curve of what is left out.
const FIRST_STEP = -(2 ** 30);

export class Changes {
    /** The event of each change; ascending. */
    readonly events: Int32Array;
    /** A row that begins, or the complement (~) of a row that ends, or a step of what is left out. */
    readonly codes: Int32Array;
    /** Bytes after each change. Between changes of one event they mean nothing. */
    readonly totals: Float64Array;

    constructor(private readonly columns: SweepColumns) {
        // A counting sort, which takes the same time for any order of rows. The first event is -1.
        const places = countEvents(columns);
        const count = places[places.length - 1];
        this.events = new Int32Array(count);
        this.codes = new Int32Array(count);
        this.totals = new Float64Array(count);
        this.put(places);
        this.sum(null);
    }

    private put(places: Int32Array): void {
        const { start, life, leftOut } = this.columns;
        const { events, codes } = this;
        for (let row = 0; row < start.length; ++row) {
            const place = places[start[row] + 1]++;
            events[place] = start[row];
            codes[place] = row;
        }
        for (let row = 0; row < start.length; ++row) {
            if (life[row] === 0) continue;
            const place = places[start[row] + life[row] + 1]++;
            events[place] = start[row] + life[row];
            codes[place] = ~row;
        }
        leftOut?.event.forEach((event, step) => {
            const place = places[event + 1]++;
            events[place] = event;
            codes[place] = FIRST_STEP - step;
        });
    }

    get count(): number {
        return this.codes.length;
    }

    /** Index of the first change after the event. */
    after(event: number): number {
        return lastAtMost(this.events, event) + 1;
    }

    /** Bytes of what is left out after this change; undefined: the change is of a row. */
    leftOutBytes(code: number): number | undefined {
        return code <= FIRST_STEP ? this.columns.leftOut!.bytes[FIRST_STEP - code] : undefined;
    }

    /** Computes the totals. A row with a 1 in `hidden` does not count. */
    sum(hidden: Uint8Array | null): void {
        const { size } = this.columns;
        const { codes, totals } = this;
        let shown = 0;
        let leftOut = 0;
        for (let i = 0; i < codes.length; ++i) {
            const code = codes[i];
            if (code >= 0) {
                if (hidden === null || hidden[code] === 0) shown += size[code];
            } else if (code > FIRST_STEP) {
                if (hidden === null || hidden[~code] === 0) shown -= size[~code];
            } else {
                leftOut = this.leftOutBytes(code)!;
            }
            totals[i] = shown + leftOut;
        }
    }
}

/** The index of the first change of each event, from event -1 on; the last element is the number of all changes. */
function countEvents({ start, life, leftOut }: SweepColumns): Int32Array {
    let last = -1;
    for (let row = 0; row < start.length; ++row) {
        if (start[row] + life[row] > last) last = start[row] + life[row];
    }
    for (const event of leftOut?.event ?? []) last = Math.max(last, event);
    const places = new Int32Array(last + 3);
    for (let row = 0; row < start.length; ++row) {
        places[start[row] + 2] += 1;
        if (life[row] !== 0) places[start[row] + life[row] + 2] += 1;
    }
    for (const event of leftOut?.event ?? []) places[event + 2] += 1;
    for (let event = 1; event < places.length; ++event) places[event] += places[event - 1];
    return places;
}
