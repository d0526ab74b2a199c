// The bytes of the live rows, summed in blocks of 32 rows, blocks of 32 blocks, and so on. Adding or removing a row
// takes one addition for each level, and a search for rows at ascending offsets skips whole blocks.

const RADIX_BITS = 5;
const RADIX = 1 << RADIX_BITS;

export class SumTree {
    private readonly live: Uint8Array;
    /** Sums of 32 rows, of 32² rows, …; the last has at most 32 sums. Sums of integers below 2^53 are exact. */
    private readonly levels: Float64Array[] = [];

    constructor(private readonly size: Float64Array) {
        this.live = new Uint8Array(size.length);
        let count = size.length;
        do {
            count = Math.ceil(count / RADIX);
            this.levels.push(new Float64Array(count));
        } while (count > RADIX);
    }

    clear(): void {
        this.live.fill(0);
        for (const level of this.levels) level.fill(0);
    }

    add(row: number): void {
        this.live[row] = 1;
        this.change(row, this.size[row]);
    }

    remove(row: number): void {
        this.live[row] = 0;
        this.change(row, -this.size[row]);
    }

    private change(row: number, bytes: number): void {
        let index = row;
        for (const level of this.levels) {
            index >>= RADIX_BITS;
            level[index] += bytes;
        }
    }

    /**
     * Calls visit(row, first offset, end offset) for live rows in order, but only for those that hold a wanted
     * offset. `visit` returns the next wanted offset, which must not decrease. `base` is the offset of the first row.
     */
    walk(base: number, wanted: number, visit: (row: number, begin: number, end: number) => number): void {
        const top = this.levels.length - 1;
        new Walk(this.live, this.size, this.levels, base, wanted, visit).blocks(top, 0, this.levels[top].length);
    }
}

class Walk {
    constructor(
        private readonly live: Uint8Array,
        private readonly size: Float64Array,
        private readonly levels: readonly Float64Array[],
        private offset: number,
        private wanted: number,
        private readonly visit: (row: number, begin: number, end: number) => number,
    ) {}

    blocks(level: number, first: number, end: number): void {
        const sums = this.levels[level];
        for (let block = first; block < end; ++block) {
            const sum = sums[block];
            if (this.offset + sum <= this.wanted) {
                this.offset += sum;
            } else if (level === 0) {
                this.rows(block * RADIX, Math.min((block + 1) * RADIX, this.size.length));
            } else {
                this.blocks(level - 1, block * RADIX, Math.min((block + 1) * RADIX, this.levels[level - 1].length));
            }
        }
    }

    private rows(first: number, end: number): void {
        for (let row = first; row < end; ++row) {
            if (!this.live[row]) continue;
            const begin = this.offset;
            this.offset += this.size[row];
            if (this.offset > this.wanted) this.wanted = this.visit(row, begin, this.offset);
        }
    }
}
