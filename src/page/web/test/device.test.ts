import assert from "node:assert/strict";
import { test } from "node:test";
import { ArchiveData } from "../data/archive_data";
import type { DeviceData } from "../data/device_data";
import type { Archive, Device, KeyKind, KeyTexts } from "../data/model";
import { BlockMaker } from "./encode";
import { Random, Rows, naiveLive, randomRows } from "./random";

const EVENTS = 120;
const SITES: KeyTexts = {
    keys: ["/home/ada/tinylm/model.py:7 forward", "[before recording]", "/home/ada/tinylm/train.py:90 step"],
    labels: ["tinylm/model.py:7 forward", "[before recording]", "tinylm/train.py:90 step"],
    of: [0, 1, 2],
};

interface Made {
    readonly rows: Rows;
    readonly source: Int32Array;
    readonly category: Int32Array;
    readonly device: DeviceData;
}

/** Stacks: 0 is main > forward (Python) > aten (C++), 1 is main > step. Source 1 has no stack. */
async function make(): Promise<Made> {
    const random = new Random(23);
    const rows = randomRows(random, 200, EVENTS, true);
    const source = Int32Array.from(rows.start, (event) => (event < 0 ? 1 : 2 * random.below(2)));
    const category = Int32Array.from(rows.start, () => random.below(2));
    const maker = new BlockMaker();
    const device: Device = {
        device: 0, kind: "cuda", events: EVENTS, has_trace: true, complete: true, allocations: 200, shown: 200,
        shown_from: null, range: null, address_unit: 512,
        columns: {
            start: maker.add("start", rows.start),
            life: maker.add("life", rows.life, "plain"),
            size: maker.add("size", rows.size),
            source: maker.add("source", source, "plain"),
            category: maker.add("category", category, "plain"),
            idx: maker.add("idx", Array.from(rows.start, (_, row) => row + 1000)),
            address: maker.add("address", Array.from(rows.start, (_, row) => 1_000_000 + row)),
        },
        curve: {
            event: maker.add("event", [-1, EVENTS - 1]), time_us: maker.add("time", [1_000_000, 1_120_000]),
            requested: maker.add("requested", [0, 1]), reserved: null,
        },
        moments: [{ name: "peak", event: 60, live_bytes: 0, live_count: 0 }],
    };
    const model: Archive = {
        name: "run.zip", rank: null, labels: {}, source: { name: "run.pickle", bytes: 1, kind: "pickle" }, settings: [], light: false,
        tree: {
            files: ["/home/ada/tinylm/train.py", "/home/ada/tinylm/model.py", "aten.cpp"], functions: ["main", "forward", "empty", "step"],
            frames: [[0, 1, 0], [1, 7, 1], [2, -1, 2], [0, 90, 3]],
            parents: maker.add("parents", [0, 0, 1, 2, 1]), frame_of: maker.add("frames", [0, 0, 1, 2, 3]),
            kinds: maker.add("kinds", [0, 0, 0, 1, 0]),
        },
        stacks: [
            { id: 40, node: 3, phase: "forward", kind: "mixed", forward: null, op: "empty" },
            { id: 41, node: 4, phase: "optimizer", kind: "python", forward: 0, op: null },
        ],
        sources: { stack: [0, -1, 1], origin: [0, 2, 0], keys: { site: SITES } },
        pools: [], streams: [], categories: ["activation", "gradient"], metadata: [], devices: [device],
    };
    const archive = await ArchiveData.load(model, maker.blocks);
    return { rows, source, category, device: await archive.device(0) };
}

function sum(rows: readonly number[], size: Float64Array): number {
    return rows.reduce((bytes, row) => bytes + size[row], 0);
}

test("columns arrive unchanged", async () => {
    const { rows, device } = await make();
    assert.deepEqual([device.start, device.life, device.size], [rows.start, rows.life, rows.size]);
    assert.deepEqual([device.first, device.end, device.idxOf(5)], [-1, EVENTS, 1005]);
});

test("groups are the sums of the live rows, largest first", async () => {
    const { rows, source, category, device } = await make();
    const keyOf: Partial<Record<KeyKind, (row: number) => string>> = {
        site: (row) => SITES.keys[source[row]],
        category: (row) => ["activation", "gradient"][category[row]],
        size: (row) => String(rows.size[row]),
    };
    for (const by of ["site", "category", "size"] as const) {
        for (let event = -1; event < EVENTS; event += 7) {
            const live = naiveLive(rows, event);
            const groups = device.groupLive(event, by);
            assert.equal(groups.length, new Set(live.map(keyOf[by]!)).size);
            for (const { key, bytes, count } of groups) {
                const own = live.filter((row) => keyOf[by]!(row) === key);
                assert.deepEqual([bytes, count], [sum(own, rows.size), own.length], `${by} ${key} at ${event}`);
            }
            assert.deepEqual(groups.map(({ bytes }) => bytes), groups.map(({ bytes }) => bytes).sort((a, b) => b - a));
            assert.deepEqual(device.totalAt(event), { bytes: sum(live, rows.size), count: live.length, leftOut: 0 });
        }
    }
});

test("a call tree has the bytes of the stacks below each frame", async () => {
    const { rows, source, device } = await make();
    const { tree, pythonTree } = device.archive;
    for (const event of [-1, 40, EVENTS - 1]) {
        const live = naiveLive(rows, event);
        const bytesOf = (index: number) => sum(live.filter((row) => source[row] === index), rows.size);
        const all = device.treeSums(event, tree!);
        assert.deepEqual([...all.bytes], [bytesOf(0) + bytesOf(2), bytesOf(0) + bytesOf(2), bytesOf(0), bytesOf(0), bytesOf(2)]);
        assert.equal(all.beforeRecording.bytes, bytesOf(1));
        const python = device.treeSums(event, pythonTree!);
        assert.deepEqual([...python.bytes], [bytesOf(0) + bytesOf(2), bytesOf(0) + bytesOf(2), bytesOf(0), bytesOf(2)]);
        const stacks = device.stackBytes(event);
        assert.deepEqual([stacks.get(40) ?? 0, stacks.get(41) ?? 0, stacks.get(-1) ?? 0], [bytesOf(0), bytesOf(2), bytesOf(1)]);
    }
});

test("details name the stack, the stack of the forward call and the row's SQL", async () => {
    const { rows, source, device } = await make();
    const row = source.indexOf(2);
    const found = await device.allocation(row);
    assert.deepEqual(found.stack.map((frame) => `${frame.function}:${frame.line}`), ["step:90", "main:1"]);
    assert.deepEqual(found.forwardStack!.map((frame) => frame.function), ["empty", "forward", "main"]);
    assert.deepEqual([found.size, found.start, found.address], [rows.size[row], rows.start[row], BigInt((1_000_000 + row) * 512)]);
    assert.match(found.sql, new RegExp(`idx = ${row + 1000}$`));
    assert.equal(found.startTime, 1_000_000 + 1000 * (rows.start[row] + 1));
});

test("a search finds sites, frames, categories, sizes and addresses", async () => {
    const { rows, source, category, device } = await make();
    const found = async (text: string): Promise<number[]> =>
        Array.from((await device.search(text))!).flatMap((hit, row) => (hit ? [row] : []));
    const rowsWhere = (test: (row: number) => boolean): number[] => Array.from(rows.start.keys()).filter(test);
    assert.deepEqual(await found("TRAIN.py:90"), rowsWhere((row) => source[row] === 2));
    assert.deepEqual(await found("aten"), rowsWhere((row) => source[row] === 0));
    assert.deepEqual(await found("gradient"), rowsWhere((row) => category[row] === 1));
    assert.deepEqual(await found(">1KiB"), rowsWhere((row) => rows.size[row] > 1024));
    assert.deepEqual(await found("<= 512"), rowsWhere((row) => rows.size[row] <= 512));
    const inside = 1_000_007 * 512 + 1;
    assert.deepEqual(await found(`0x${inside.toString(16)}`), rowsWhere((row) => {
        const begin = (1_000_000 + row) * 512;
        return inside >= begin && inside < begin + rows.size[row];
    }));
    assert.equal(await device.search("  "), null);
    assert.deepEqual(await found("nothing has this"), []);
});
