import assert from "node:assert/strict";
import { test } from "node:test";
import { Numbers, readBigs, readNumbers } from "../data/varints";
import { encoded } from "./encode";

const LARGEST = Number.MAX_SAFE_INTEGER;
const NUMBERS = [0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, LARGEST, 0, LARGEST, LARGEST - 1, 1];

test("numbers are read in both codings", () => {
    for (const coding of ["plain", "delta"] as const) {
        const bytes = encoded(NUMBERS.map(BigInt), coding);
        assert.deepEqual([...readNumbers(bytes, coding, new Float64Array(NUMBERS.length))], NUMBERS);
    }
});

test("delta columns hold negative numbers", () => {
    const values = [-1, -1, 5, -LARGEST, 0, 2 ** 31];
    const bytes = encoded(values.map(BigInt), "delta");
    assert.deepEqual([...readNumbers(bytes, "delta", new Float64Array(values.length))], values);
});

test("addresses are read to the last bit", () => {
    const values = [0n, 1n, (1n << 64n) - 1n, 1n << 63n, 127n, 0x7f2a_4000_0000n, (1n << 64n) - 1n, 0n];
    for (const coding of ["plain", "delta"] as const) {
        assert.deepEqual([...readBigs(encoded(values, coding), coding, values.length)], values);
    }
});

test("an empty column has no bytes", () => {
    assert.equal(readNumbers(new Uint8Array(0), "delta", new Int32Array(0)).length, 0);
    assert.throws(() => readNumbers(new Uint8Array(1), "delta", new Int32Array(0)), /damaged/);
});

test("a column that is cut anywhere, or too long, is refused", () => {
    for (const coding of ["plain", "delta"] as const) {
        const bytes = encoded(NUMBERS.map(BigInt), coding);
        for (let length = 0; length < bytes.length; ++length) {
            const cut = bytes.slice(0, length);
            assert.throws(() => readNumbers(cut, coding, new Float64Array(NUMBERS.length)), /damaged/, `${coding} ${length}`);
            assert.throws(() => readBigs(cut, coding, NUMBERS.length), /damaged/, `${coding} ${length}`);
        }
        const long = Uint8Array.from([...bytes, 0]);
        assert.throws(() => readNumbers(long, coding, new Float64Array(NUMBERS.length)), /damaged/);
        assert.throws(() => readBigs(long, coding, NUMBERS.length), /damaged/);
    }
});

test("a column of small values is read, and refused where it is cut", () => {
    const values = Array.from({ length: 300 }, (_, i) => i % 128);
    const bytes = encoded(values.map(BigInt), "plain");
    for (const out of [new Float64Array(300), new Int32Array(300), new Uint8Array(300)]) {
        assert.deepEqual([...readNumbers(bytes, "plain", out)], values);
        assert.throws(() => readNumbers(bytes.subarray(1), "plain", out), /damaged/);
    }
    // As many bytes as values, but the last value goes on.
    assert.throws(() => readNumbers(Uint8Array.of(1, 2, 128), "plain", new Int32Array(3)), /damaged/);
    assert.throws(() => readNumbers(Uint8Array.of(129, 1, 2), "plain", new Int32Array(3)), /damaged/);
});

test("a value that is out of bounds is refused", () => {
    for (const coding of ["plain", "delta"] as const) {
        const read = (value: bigint, out: Numbers = new Float64Array(1)) => readNumbers(encoded([value], coding), coding, out)[0];
        assert.equal(read((1n << 31n) - 1n, new Int32Array(1)), 2 ** 31 - 1);
        assert.throws(() => read(1n << 31n, new Int32Array(1)), /out of range/);
        assert.throws(() => read(256n, new Uint8Array(1)), /out of range/);
        assert.throws(() => read(1n << 53n), /out of range/);
    }
    assert.throws(() => readNumbers(encoded([-1n], "delta"), "delta", new Uint8Array(1)), /out of range/);
    assert.throws(() => readNumbers(encoded([(1n << 64n) - 1n], "plain"), "plain", new Float64Array(1)), /out of range/);
});
