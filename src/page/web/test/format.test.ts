import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, formatBytes, formatChange, formatCount, formatDuration, formatShare, parseBytes, shortened } from "../format";

test("sizes have the units and the rounding of the command line", () => {
    assert.equal(formatBytes(0), "0 B");
    assert.equal(formatBytes(1016), "1016 B");
    assert.equal(formatBytes(1023), "1023 B");
    assert.equal(formatBytes(1024), "1.00 KiB");
    assert.equal(formatBytes(1048571), "1.00 MiB");  // not "1023.99 KiB": it would be rounded to 1024.00
    assert.equal(formatBytes(1193402372), "1.11 GiB");
    assert.equal(formatBytes(-97015808), "-92.52 MiB");
    assert.equal(formatBytes(2 ** 60), "1.00 EiB");
});

test("a change carries its sign", () => {
    assert.equal(formatChange(8388608), "+8.00 MiB");
    assert.equal(formatChange(-4), "-4 B");
    assert.equal(formatChange(0), "0 B");
});

test("counts have separators", () => {
    assert.equal(formatCount(999), "999");
    assert.equal(formatCount(2913), "2,913");
    assert.equal(formatCount(-1234567), "-1,234,567");
    assert.equal(counted(1, "row"), "1 row");
    assert.equal(counted(2000, "row"), "2,000 rows");
});

test("shares of nothing are empty", () => {
    assert.equal(formatShare(1, 3), "33.3 %");
    assert.equal(formatShare(0, 0), "");
});

test("durations have the unit that suits them", () => {
    assert.equal(formatDuration(58), "58 µs");
    assert.equal(formatDuration(24438), "24.4 ms");
    assert.equal(formatDuration(2500000), "2.50 s");
    assert.equal(formatDuration(90e6), "1.5 min");
});

test("texts of sizes are read, others are not", () => {
    assert.equal(parseBytes("64MiB"), 64 * 1024 * 1024);
    assert.equal(parseBytes(" 1.5 GiB "), 1.5 * 1024 ** 3);
    assert.equal(parseBytes("1 MB"), 1000000);
    assert.equal(parseBytes("-4 B"), -4);
    assert.equal(parseBytes("4096"), 4096);
    for (const text of ["", "MiB", "12 apples", "train.py:8", "1e3"]) assert.equal(parseBytes(text), null, text);
});

test("long texts lose their middle", () => {
    assert.equal(shortened("short", 5), "short");
    assert.equal(shortened("abcdefghij", 5), "ab…ij");
    assert.equal(shortened("x".repeat(100000), 241).length, 241);
});
