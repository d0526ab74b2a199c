import assert from "node:assert/strict";
import { test } from "node:test";
import { fragmentOf, stateOf } from "../data/permalink";
import type { State } from "../state";

const STATE: State = {
    view: "flame", device: 1, from: -1, to: 2913.125, at: 2905, pin: 12, by: "user-frame", row: 77, hover: null,
    search: "a&b=c #% é >64MiB", hidden: new Set(), axis: "time",
};

test("a link leads back to the same state", () => {
    const { hover: _hover, hidden: _hidden, ...linked } = STATE;
    assert.deepEqual(stateOf(fragmentOf(STATE)), linked);
});

test("parts that are not set are not in the link", () => {
    const found = stateOf(fragmentOf({ ...STATE, pin: null, row: null, search: "" }));
    assert.deepEqual([found.pin, found.row, found.search], [undefined, undefined, undefined]);
});

test("parts that make no sense are left out", () => {
    assert.deepEqual(stateOf("#view=nothing&device=x&from=&to=1e999&at=1.5&pin=NaN&by=color&axis=up"), {});
    assert.deepEqual(stateOf(""), {});
    assert.deepEqual(stateOf("#at=7"), { at: 7 });
});
