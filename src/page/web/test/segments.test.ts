import assert from "node:assert/strict";
import { test } from "node:test";
import { Range, SegmentEvents, rangesAt } from "../data/segments";
import { Random } from "./random";

const MIB = 1 << 20;
const [ALLOC, FREE, MAP, UNMAP] = [0, 1, 2, 3];

interface Event {
    readonly action: number;
    readonly address: bigint;
    readonly size: number;
}

function columns(events: readonly Event[]): SegmentEvents {
    const count = events.length;
    return {
        event: Int32Array.from({ length: count }, (_, i) => i),
        action: Uint8Array.from(events, ({ action }) => action),
        address: BigUint64Array.from(events, ({ address }) => address),
        size: Float64Array.from(events, ({ size }) => size),
        stream: new Int32Array(count).fill(1),
        pool: new Int32Array(count),
    };
}

function range(address: bigint, size: number, expandable: boolean): Range {
    return { address, size, stream: 0, pool: -1, expandable, type: null };
}

const places = (ranges: readonly Range[] | null) => ranges?.map(({ address, size }) => [address, size]);

test("segments that were allocated and freed come and go", () => {
    const events = columns([
        { action: ALLOC, address: 0x1000_0000n, size: 2 * MIB },
        { action: ALLOC, address: 0x2000_0000n, size: 20 * MIB },
        { action: FREE, address: 0x1000_0000n, size: 2 * MIB },
    ]);
    const final = [range(0x2000_0000n, 20 * MIB, false)];
    assert.deepEqual(places(rangesAt(final, events, 2)), [[0x2000_0000n, 20 * MIB]]);
    assert.deepEqual(places(rangesAt(final, events, 1)), [[0x1000_0000n, 2 * MIB], [0x2000_0000n, 20 * MIB]]);
    assert.deepEqual(places(rangesAt(final, events, 0)), [[0x1000_0000n, 2 * MIB]]);
    assert.deepEqual(places(rangesAt(final, events, -1)), []);
});

test("mapped pages of an expandable segment join, and a removed middle leaves two", () => {
    const base = 0x4000_0000n;
    const events = columns([
        { action: MAP, address: base, size: 2 * MIB },
        { action: MAP, address: base + BigInt(2 * MIB), size: 2 * MIB },
        { action: MAP, address: base + BigInt(4 * MIB), size: 2 * MIB },
        { action: UNMAP, address: base + BigInt(2 * MIB), size: 2 * MIB },
    ]);
    const final = [range(base, 2 * MIB, true), range(base + BigInt(4 * MIB), 2 * MIB, true)];
    assert.deepEqual(places(rangesAt(final, events, 2)), [[base, 6 * MIB]]);
    assert.deepEqual(places(rangesAt(final, events, 1)), [[base, 4 * MIB]]);
    assert.deepEqual(places(rangesAt(final, events, 0)), [[base, 2 * MIB]]);
});

test("events that contradict the end give nothing", () => {
    const events = columns([{ action: ALLOC, address: 0x1000n, size: 512 }, { action: FREE, address: 0x9000n, size: 512 }]);
    assert.equal(rangesAt([], events, -1), null);
    assert.equal(rangesAt([range(0x9000n, 512, false)], events, 0), null);
});

test("undoing random pages gives what a forward run had", () => {
    const random = new Random(5);
    const pages = new Set<number>();
    const events: Event[] = [];
    const states: string[] = [];
    const mapped = () => [...pages].sort((a, b) => a - b).join();
    for (let i = 0; i < 300; ++i) {
        const page = random.below(24);
        const action = pages.has(page) ? UNMAP : MAP;
        if (action === MAP) pages.add(page);
        else pages.delete(page);
        events.push({ action, address: BigInt(page * MIB), size: MIB });
        states.push(mapped());
    }
    const final = [...pages].sort((a, b) => a - b).map((page) => range(BigInt(page * MIB), MIB, true));
    for (let event = 0; event < states.length; ++event) {
        const found = rangesAt(final, columns(events), event)!.flatMap(({ address, size }) =>
            Array.from({ length: size / MIB }, (_, i) => Number(address) / MIB + i));
        assert.equal(found.join(), states[event], `event ${event}`);
    }
});
