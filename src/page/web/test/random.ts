// Random numbers that are the same in every run, so that a failure can be repeated.
export class Random {
    constructor(private state: number) {}

    /** An integer in [0, below). */
    below(below: number): number {
        // xorshift32
        this.state ^= this.state << 13;
        this.state ^= this.state >>> 17;
        this.state ^= this.state << 5;
        return (this.state >>> 0) % below;
    }
}

export interface Rows {
    readonly start: Int32Array;
    readonly life: Int32Array;
    readonly size: Float64Array;
}

/** Rows of allocations. Without `ordered` they are not in the order of their first events. */
export function randomRows(random: Random, count: number, events: number, ordered: boolean): Rows {
    const start = Int32Array.from({ length: count }, () => random.below(events + 1) - 1);
    if (ordered) start.sort();
    const life = Int32Array.from(start, (event) => (random.below(4) === 0 ? 0 : Math.max(1, random.below(events - event) || 1)));
    const size = Float64Array.from({ length: count }, () => random.below(5) * random.below(1000));
    return { start, life, size };
}

/** The live rows by their definition, in time proportional to all rows. */
export function naiveLive({ start, life }: Rows, event: number): number[] {
    const rows: number[] = [];
    for (let row = 0; row < start.length; ++row) {
        if (start[row] <= event && (life[row] === 0 || event < start[row] + life[row])) rows.push(row);
    }
    return rows;
}
