import assert from "node:assert/strict";
import { test } from "node:test";
import type { Group } from "../data/types";
import { explanation } from "../view/checks";
import { compareGroups } from "../view/comparison";
import { toCsv } from "../view/csv";
import { cellText, compareCells, sortValue } from "../view/data_table";

test("a CSV field with a comma, a quote or a line end is quoted", () => {
    assert.equal(toCsv(["key", "bytes"], [["a,b", 1], ['say "x"', null], ["two\nlines", 2.5]]), 'key,bytes\r\n"a,b",1\r\n"say ""x""",\r\n"two\nlines",2.5\r\n');
});

test("cells are shown in the unit of their column", () => {
    assert.equal(cellText(1048576, { name: "bytes", unit: "bytes" }), "1.00 MiB");
    assert.equal(cellText(1048576, { name: "change", unit: "change" }), "+1.00 MiB");
    assert.equal(cellText(2905, { name: "event", unit: "event" }), "2,905");
    assert.equal(cellText(9, { name: "% stranded", unit: "percent" }), "9.0");
    assert.equal(cellText(12.3, { name: "ratio", unit: null }), "12.3");
    assert.equal(cellText(null, { name: "op", unit: null }), "–");
});

function sorted(cells: (string | number | null)[], descending: boolean): (string | number | null)[] {
    return [...cells].sort((a, b) => compareCells(a, b, descending));
}

test("numbers, sizes and words sort as what they are; empty cells come last", () => {
    assert.deepEqual(sorted([10, null, 9, -1], false), [-1, 9, 10, null]);
    assert.deepEqual(sorted([10, null, 9, -1], true), [10, 9, -1, null]);
    assert.deepEqual(sorted(["1.00 GiB", "900.00 MiB", "4 B"], false), ["4 B", "900.00 MiB", "1.00 GiB"]);
    assert.deepEqual(sorted(["b", "A", "c"], false), ["A", "b", "c"]);
    assert.equal(sortValue("0 (default)"), 0);
});

function group(key: string, bytes: number, count = 1): Group {
    return { key, label: key, bytes, count };
}

test("the groups of two moments are joined by key", () => {
    const compared = compareGroups([group("kept", 10, 2), group("new", 7)], [group("gone", 100), group("kept", 4)], "change");
    assert.deepEqual(
        compared.map(({ key, bytes, pinnedBytes, change }) => [key, bytes, pinnedBytes, change]),
        [["gone", 0, 100, -100], ["new", 7, 0, 7], ["kept", 10, 4, 6]],
    );
    assert.deepEqual(compareGroups([group("a", 1), group("b", 2)], [group("c", 9)], "bytes").map(({ key }) => key), ["b", "a", "c"]);
});

test("a check says its value and its limit", () => {
    const check = { name: "max-peak", ok: false, value: 1193402372, limit: 1073741824 };
    assert.equal(explanation(check), "1.11 GiB, limit 1.00 GiB");
    assert.equal(explanation({ ...check, name: "no-oom", value: 1, limit: 0 }), "1, limit 0");
    assert.equal(explanation({ ...check, name: "max-growth", value: 1048576, base: 1048576, limit: 0 }), "2.00 MiB, base 1.00 MiB, +1.00 MiB, allowed 0 B");
    assert.equal(explanation({ ...check, value: null, reason: "no-trace" }), "no-trace");
});
