import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceData } from "../data/device_data";
import { interpolated } from "../data/curve";
import { Scale } from "../draw/scale";
import { nextPlace } from "../draw/timeline_gestures";
import { Viewport } from "../draw/viewport";
import { State, Store } from "../state";

const EVENTS = [-1, 100, 200, 999];
const TIMES = [0, 1000, 5000, 6000];

/** The members of a device that scales and windows use. */
const DEVICE = {
    first: -1,
    end: 1000,
    curve: { event: Int32Array.from(EVENTS), requested: Float64Array.of(0, 500, 1000, 20), reserved: Float64Array.of(0, 0, 4000, 4000), time: null },
    timeAt: (event: number) => interpolated(EVENTS, TIMES, event),
    eventAtTime: (time: number) => interpolated(TIMES, EVENTS, time),
} as unknown as DeviceData;

const AREA = { left: 50, top: 10, width: 500, height: 300 };

function made(): { store: Store; viewport: Viewport; scale: (axis?: State["axis"]) => Scale } {
    const store = new Store({ from: -1, to: 1000, at: 0, hidden: new Set() } as unknown as State);
    const viewport = new Viewport(store, () => undefined);
    viewport.takeDevice(DEVICE);
    return { store, viewport, scale: (axis = "events") => new Scale(DEVICE, axis, viewport.window, AREA) };
}

function events({ store }: { store: Store }): [number, number] {
    const { from, to } = store.get();
    return [Math.round(from * 1e6) / 1e6, Math.round(to * 1e6) / 1e6];
}

test("places on the axis lead back to their events and bytes", () => {
    const { scale } = made();
    for (const axis of ["events", "time"] as const) {
        const shown = scale(axis);
        for (const event of [-1, 0, 57.25, 150, 640, 999]) {
            assert.ok(Math.abs(shown.eventAt(shown.xOf(event)) - event) < 1e-6, `${axis} ${event}`);
        }
        assert.ok(Math.abs(shown.bytesAt(shown.yOf(123)) - 123) < 1e-6);
        const edges = shown.edges(500);
        assert.deepEqual([edges[0], edges[500]], [-1, 1000]);
        assert.ok(edges.every((edge, x) => x === 0 || edge >= edges[x - 1]));
    }
});

test("what is under the pointer stays there while zooming", () => {
    for (const axis of ["events", "time"] as const) {
        const board = made();
        const before = board.scale(axis).eventAt(200);
        board.viewport.zoom(board.scale(axis), 200, 0.5);
        assert.ok(Math.abs(board.scale(axis).eventAt(200) - before) < 1e-6, axis);
    }
});

test("a window stays inside of the recording", () => {
    const board = made();
    board.viewport.setEvents(400, 401);
    assert.deepEqual(events(board), [398.5, 402.5]);
    board.viewport.setEvents(-50, 20);
    assert.deepEqual(events(board), [-1, 69]);
    board.viewport.pan(-60, 10);
    assert.deepEqual(events(board), [-1, 69]);
    board.viewport.pan(990, 1060);
    assert.deepEqual(events(board), [930, 1000]);
    board.viewport.include(10);
    assert.deepEqual(events(board), [-1, 69]);
    board.viewport.showAll();
    assert.deepEqual(events(board), [-1, 1000]);
});

test("the height shows the highest bytes, those of the filter, or the box", () => {
    const board = made();
    const { viewport } = board;
    assert.equal(viewport.window.top, 4000 * 1.05);
    viewport.showReserved(false);
    assert.equal(viewport.window.top, 1000 * 1.05);
    viewport.setFiltered(200);
    assert.equal(viewport.window.top, 200 * 1.05);
    const scale = board.scale();
    viewport.zoomToBox(scale, { x: scale.xOf(100), y: scale.yOf(50) }, { x: scale.xOf(300), y: scale.yOf(150) });
    assert.deepEqual([viewport.window.bottom, viewport.window.top].map(Math.round), [50, 150]);
    assert.deepEqual(events(board), [100, 300]);
    viewport.showAll();
    assert.deepEqual([viewport.window.bottom, viewport.window.top], [0, 200 * 1.05]);
});

test("the arrow keys go from a row to its neighbours, also when it is not live", () => {
    const rows = Int32Array.of(3, 5, 9);
    const next = (row: number | null, step: 1 | -1) => rows[nextPlace(rows, row, step)];
    assert.deepEqual([next(null, 1), next(null, -1)], [3, 9]);
    assert.deepEqual([next(5, 1), next(5, -1), next(9, 1), next(3, -1)], [9, 3, 9, 3]);
    assert.deepEqual([next(6, 1), next(6, -1), next(1, -1), next(20, 1)], [9, 5, 3, 9]);
});

test("the store tells of changes once, and only of changes", () => {
    const { store } = made();
    const told: string[] = [];
    store.observe(["at", "from"], (_, changed) => told.push([...changed].sort().join()));
    store.set({ at: 0 });
    store.set({ at: 5, from: 3, to: 900 });
    store.set({ to: 800 });
    assert.deepEqual(told, ["at,from,to"]);
    store.set({ hidden: new Set(["a"]) });
    store.set({ by: "site" });
    assert.equal(store.get().hidden.size, 0);
});
