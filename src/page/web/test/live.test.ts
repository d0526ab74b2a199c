import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveRows } from "../data/live";
import { interpolated, lastAtMost } from "../data/curve";
import { Random, naiveLive, randomRows } from "./random";

test("the live rows of any event are those of the rule", () => {
    const random = new Random(3);
    for (const ordered of [true, false]) {
        const rows = randomRows(random, 300, 200, ordered);
        const live = new LiveRows(rows.start, rows.life);
        for (let event = -1; event <= 201; ++event) {
            assert.deepEqual([...live.at(event)], naiveLive(rows, event), `event ${event}`);
        }
    }
});

test("lastAtMost finds the last of equal values", () => {
    const values = [1, 3, 3, 3, 7];
    assert.deepEqual([0, 1, 2, 3, 6, 7, 9].map((wanted) => lastAtMost(values, wanted)), [-1, 0, 0, 3, 3, 4, 4]);
    assert.equal(lastAtMost([], 5), -1);
});

test("times between the points of a curve are on a straight line", () => {
    const events = [-1, 10, 20];
    const times = [100, 210, 210];
    assert.deepEqual([-5, -1, 0, 10, 15, 99].map((event) => interpolated(events, times, event)), [100, 100, 110, 210, 210, 210]);
});
