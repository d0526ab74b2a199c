import assert from "node:assert/strict";
import { test } from "node:test";
import { byteTicks, roundValues } from "../draw/ticks";

test("byte ticks are round in one unit", () => {
    const MIB = 2 ** 20;
    assert.deepEqual(byteTicks(0, 500 * MIB, 5).map(({ text }) => text), ["0", "100 MiB", "200 MiB", "300 MiB", "400 MiB", "500 MiB"]);
    assert.deepEqual(byteTicks(0, 1.5 * 1024 * MIB, 4).map(({ text }) => text), ["0", "0.5 GiB", "1 GiB", "1.5 GiB"]);
    assert.deepEqual(byteTicks(0, 1, 3).map(({ value }) => value), [0, 1]);
});

test("ticks of events are whole events", () => {
    assert.deepEqual(roundValues(-1, 3, 10, 1), [-1, 0, 1, 2, 3]);
    assert.deepEqual(roundValues(0, 2913, 6, 1), [0, 500, 1000, 1500, 2000, 2500]);
});
