import assert from "node:assert/strict";
import { test } from "node:test";
import type { Segment } from "../data/types";
import { barHeight, layoutSegments, segmentAt, splitOf } from "../draw/segment_layout";

const MIB = 1024 * 1024;

function segment(address: number, size: number, blocks: [offset: number, size: number][], stream = "stream 0"): Segment {
    return { address: BigInt(address), size, stream, pool: "default pool", expandable: false, type: "large", blocks: blocks.map(([offset, bytes], row) => ({ row, offset, size: bytes })) };
}

const halfUsed = segment(0, 20 * MIB, [[0, 5 * MIB], [10 * MIB, 5 * MIB]]);
const empty = segment(1 << 30, 10 * MIB, []);
const other = segment(2 << 30, 2 * MIB, [[0, 100]], "stream 7");

test("the reserved bytes are split without a rest", () => {
    const split = splitOf([halfUsed, empty, other]);
    assert.deepEqual(split, {
        reserved: 32 * MIB,
        requested: 10 * MIB + 100,
        cached: 10 * MIB,
        cachedSegments: 1,
        unused: 12 * MIB - 100,
        holes: 3,
        largestHole: 5 * MIB,
    });
    assert.equal(split.requested + split.cached + split.unused, split.reserved);
});

test("segments stand by pool and stream, the largest first", () => {
    const layout = layoutSegments([other, empty, halfUsed], 1000, "bytes");
    assert.deepEqual(layout.placed.map((place) => place.segment), [halfUsed, empty, other]);
    assert.deepEqual(layout.headings.map(({ text }) => text), [
        "default pool · stream 0 · large requests: 2 segments, 30.00 MiB reserved, 20.00 MiB unused",
        "default pool · stream 7 · large requests: 1 segment, 2.00 MiB reserved, 2.00 MiB unused",
    ]);
});

test("on one scale the width of a bar is its bytes, and nothing is drawn over something else", () => {
    const many = Array.from({ length: 500 }, (_, i) => segment(i << 26, (1 + (i % 37)) * MIB, []));
    const { placed, height } = layoutSegments(many, 800, "bytes");
    assert.equal(placed.length, many.length);
    placed.forEach((place, i) => {
        assert.ok(place.x >= 0 && place.x + place.width <= 800.5);
        assert.ok(Math.abs(place.width - Math.max(3, (800 * place.segment.size) / (37 * MIB))) < 1e-9);
        const next = placed[i + 1];
        if (next) assert.ok(next.y > place.y || next.x >= place.x + place.width);
    });
    assert.ok(height >= placed[placed.length - 1].y + barHeight);
});

test("the block under the pointer is found, and a hole is a hole", () => {
    const layout = layoutSegments([halfUsed], 1000, "bytes");
    const y = layout.placed[0].y + 3;
    const at = (x: number) => segmentAt(layout, x, y)?.block;
    assert.equal(at(1), 0);
    assert.equal(at(300), null);
    assert.equal(at(510), 1);
    assert.equal(at(990), null);
    assert.equal(segmentAt(layout, 1, y - 10), null);
});
