import assert from "node:assert/strict";
import { test } from "node:test";
import { fragmentOf, hiddenOf, stateOf } from "../data/permalink";
import type { State } from "../state";

const STATE: State = {
    view: "flame", device: 1, from: -1, to: 2913.125, at: 2905, pin: 12, by: "user-frame", row: 77, hover: null,
    search: "a&b=c #% é >64MiB", hidden: new Set(), axis: "time",
};
const KEYS = ["a", "b", "c", "d", "e", "f"];

test("a link leads back to the same state", () => {
    const { hover: _hover, hidden: _hidden, ...linked } = STATE;
    assert.deepEqual(stateOf(fragmentOf(STATE, KEYS)), linked);
});

test("parts that are not set are not in the link", () => {
    const found = stateOf(fragmentOf({ ...STATE, pin: null, row: null, search: "" }, KEYS));
    assert.deepEqual([found.pin, found.row, found.search], [undefined, undefined, undefined]);
});

test("parts that make no sense are left out", () => {
    assert.deepEqual(stateOf("#view=nothing&device=x&from=&to=1e999&at=1.5&pin=NaN&by=color&axis=up"), {});
    assert.deepEqual(stateOf(""), {});
    assert.deepEqual(stateOf("#at=7"), { at: 7 });
});

test("a link hides the same keys", () => {
    for (const [hidden, text] of [[["a"], "0"], [["b", "c", "e"], "1-2.4"], [KEYS, "0-5"], [["a", "c", "f"], "0.2.5"]] as const) {
        const link = fragmentOf({ ...STATE, hidden: new Set(hidden) }, KEYS);
        assert.equal(new URLSearchParams(link.slice(1)).get("hide"), text);
        assert.deepEqual([...hiddenOf(link, KEYS)], [...hidden]);
    }
    assert.equal(new URLSearchParams(fragmentOf(STATE, KEYS).slice(1)).get("hide"), null);
});

test("hidden keys that make no sense are left out", () => {
    assert.deepEqual([...hiddenOf("#hide=x.-1.1e3.4-2..5-99999999999999999999.7.0x1", KEYS)], ["f"]);
    assert.deepEqual([...hiddenOf("", KEYS)], []);
});
