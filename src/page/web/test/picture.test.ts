import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, LEFT_OUT, drawPicture } from "../draw/picture";
import { Sweep } from "../draw/sweep";
import { Random, Rows, naiveLive, randomRows } from "./random";

interface LeftOut {
    readonly event: Int32Array;
    readonly bytes: Float64Array;
}

interface Naive {
    readonly rows: Rows;
    readonly leftOut: LeftOut | null;
    readonly hidden: Uint8Array | null;
}

function naiveLeftOut(leftOut: LeftOut | null, event: number): number {
    let bytes = 0;
    leftOut?.event.forEach((at, i) => (bytes = at <= event ? leftOut.bytes[i] : bytes));
    return bytes;
}

function naiveShown({ rows, hidden }: Naive, event: number): number[] {
    return naiveLive(rows, event).filter((row) => !hidden?.[row]);
}

function naiveTotal(naive: Naive, event: number): number {
    return naiveShown(naive, event).reduce((sum, row) => sum + naive.rows.size[row], naiveLeftOut(naive.leftOut, event));
}

/** The event of one column by the rule of drawPicture(). */
function naiveEvent(naive: Naive, begin: number, end: number): number {
    let best = Math.ceil(begin) - 1;
    let most = -1;
    // Adding 0 turns -0 into 0.
    for (let event = Math.ceil(begin) + 0; event < end; ++event) {
        const total = naiveTotal(naive, event);
        if (total > most) [best, most] = [event, total];
    }
    return best;
}

function naivePixel(naive: Naive, event: number, offset: number): number {
    let end = naiveLeftOut(naive.leftOut, event);
    if (offset < end) return LEFT_OUT;
    for (const row of naiveShown(naive, event)) {
        end += naive.rows.size[row];
        if (offset < end) return row;
    }
    return EMPTY;
}

function compare(naive: Naive, edges: Float64Array, height: number, bottom: number, top: number): void {
    const sweep = new Sweep({ ...naive.rows, leftOut: naive.leftOut });
    sweep.hide(naive.hidden);
    const picture = drawPicture(sweep, { edges, height, bottom, top });
    for (let x = 0; x + 1 < edges.length; ++x) {
        const event = naiveEvent(naive, edges[x], edges[x + 1]);
        assert.equal(picture.events[x], event, `event of column ${x}`);
        assert.equal(picture.totals[x], naiveTotal(naive, event), `bytes of column ${x}`);
        for (let line = 0; line < height; ++line) {
            const offset = bottom + ((line + 0.5) * (top - bottom)) / height;
            const pixel = picture.rows[(height - 1 - line) * picture.width + x];
            assert.equal(pixel, naivePixel(naive, event, offset), `pixel ${x}, ${line}`);
        }
    }
}

function evenEdges(from: number, to: number, columns: number): Float64Array {
    return Float64Array.from({ length: columns + 1 }, (_, x) => from + ((to - from) * x) / columns);
}

test("a picture is that of a naive drawing", () => {
    const random = new Random(7);
    for (let round = 0; round < 40; ++round) {
        const events = 10 + random.below(300);
        const rows = randomRows(random, random.below(250), events, round % 3 > 0);
        const top = Math.max(1, naiveTotal({ rows, leftOut: null, hidden: null }, random.below(events)));
        const from = random.below(events) - 1 + random.below(100) / 100;
        const to = from + 0.5 + random.below(events);
        compare({ rows, leftOut: null, hidden: null }, evenEdges(from, to, 1 + random.below(40)), 1 + random.below(60), 0, top);
        compare({ rows, leftOut: null, hidden: null }, evenEdges(-1, events, 30), 20, top / 3, top / 2);
    }
});

test("what is left out is a band at the bottom, and what is hidden leaves the stack", () => {
    const random = new Random(11);
    for (let round = 0; round < 20; ++round) {
        const events = 20 + random.below(100);
        const rows = randomRows(random, 100, events, true);
        const leftOut = {
            event: Int32Array.from({ length: 10 }, (_, i) => i * 7 - 1),
            bytes: Float64Array.from({ length: 10 }, () => random.below(5000)),
        };
        const hidden = Uint8Array.from(rows.start, () => random.below(2));
        compare({ rows, leftOut, hidden: null }, evenEdges(-1, events, 25), 30, 0, 90_000);
        compare({ rows, leftOut: null, hidden }, evenEdges(3.3, 9.1, 25), 30, 0, 40_000);
        compare({ rows, leftOut, hidden }, evenEdges(-1, events, 25), 30, 0, 40_000);
    }
});

test("uneven columns, as those of a time axis, follow the same rule", () => {
    const random = new Random(13);
    const rows = randomRows(random, 200, 150, true);
    const edges = Float64Array.from({ length: 41 }, () => random.below(1510) / 10 - 1).sort();
    compare({ rows, leftOut: null, hidden: null }, edges, 25, 0, 60_000);
});

test("more rows than a block of sums of sums has", () => {
    const random = new Random(17);
    const rows = randomRows(random, 3000, 1000, true);
    compare({ rows, leftOut: null, hidden: null }, evenEdges(490, 510, 7), 40, 0, 1_500_000);
});

test("a device without allocations has an empty picture", () => {
    const rows = { start: new Int32Array(0), life: new Int32Array(0), size: new Float64Array(0) };
    compare({ rows, leftOut: null, hidden: null }, evenEdges(-1, 5, 4), 3, 0, 10);
});
