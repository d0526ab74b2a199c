import assert from "node:assert/strict";
import { test } from "node:test";
import type { Curve } from "../data/types";
import { columnMaxima, frameOf, xOf } from "../draw/curves";

function curve(points: [event: number, bytes: number][]): Curve {
    return { event: Int32Array.from(points, ([event]) => event), requested: Float64Array.from(points, ([, bytes]) => bytes), reserved: null, time: null };
}

const rising = curve([[-1, 5], [10, 50], [20, 100]]);
const short = curve([[0, 7], [4, 400], [5, 1]]);

test("curves share one frame, aligned at their origins", () => {
    const lines = [
        { curve: rising, color: "", dashed: false, origin: 20 },
        { curve: short, color: "", dashed: false, origin: 4 },
    ];
    assert.deepEqual(frameOf(lines), { from: -21, to: 1, mostBytes: 400 });
    assert.deepEqual(frameOf([{ ...lines[0], origin: 0 }]), { from: -1, to: 20, mostBytes: 100 });
    assert.deepEqual(frameOf([]), { from: 0, to: 1, mostBytes: 1 });
});

test("a pixel column keeps the largest bytes of its events", () => {
    const points: [number, number][] = Array.from({ length: 10000 }, (_, event) => [event, event === 4321 ? 9e9 : 1]);
    const columns = columnMaxima(curve(points), 0, { from: 0, to: 9999, mostBytes: 9e9 }, 100);
    assert.ok(columns.length <= 101);
    assert.deepEqual(columns.filter(([, bytes]) => bytes === 9e9), [[43, 9e9]]);
});

test("the ends of the frame are the ends of the box", () => {
    const frame = { from: -10, to: 30, mostBytes: 1 };
    const box = { left: 50, top: 0, width: 400, height: 10 };
    assert.deepEqual([xOf(frame, box, -10), xOf(frame, box, 0), xOf(frame, box, 30)], [50, 150, 450]);
});
