// Writes the blocks of a page as the C++ writer does, for tests.
import { deflateRawSync } from "node:zlib";
import { Blocks } from "../data/blocks";
import type { Block } from "../data/model";

const MASK = (1n << 64n) - 1n;

export function varints(values: readonly bigint[]): Uint8Array {
    const bytes: number[] = [];
    for (let value of values) {
        for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
        bytes.push(Number(value));
    }
    return Uint8Array.from(bytes);
}

/** The differences of the values, zigzag-encoded in 64 bits. */
export function deltas(values: readonly bigint[]): bigint[] {
    return values.map((value, i) => {
        const difference = BigInt.asIntN(64, value - (i > 0 ? values[i - 1] : 0n));
        return ((difference << 1n) ^ (difference >> 63n)) & MASK;
    });
}

export function encoded(values: readonly bigint[], coding: Block["coding"]): Uint8Array {
    return varints(coding === "delta" ? deltas(values) : values);
}

/** Blocks in memory. */
export class BlockMaker {
    private readonly compressed = new Map<string, Uint8Array>();
    readonly blocks = new Blocks((id) => this.compressed.get(id) ?? null);

    add(id: string, values: ArrayLike<number | bigint>, coding: Block["coding"] = "delta"): Block {
        const bytes = encoded(Array.from(values, BigInt), coding);
        this.compressed.set(id, deflateRawSync(bytes));
        return { id, coding, count: values.length, raw: bytes.length };
    }
}
