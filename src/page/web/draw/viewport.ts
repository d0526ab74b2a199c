// The window of the timeline: which events, which bytes, and how gestures change them.
import type { DeviceData } from "../data/device_data";
import { highest } from "../data/curve";
import type { Store } from "../state";
import type { Point } from "./pointer_layer";
import type { Scale, Window } from "./scale";

const HEADROOM = 1.05; // the height of a picture, as a multiple of the highest bytes
const LEAST_EVENTS = 4; // the narrowest window
const EMPTY_HEIGHT = 1024; // bytes, for a device without memory

export class Viewport {
    private device!: DeviceData;
    /** Set by a zoom in bytes; null: from 0 to the highest bytes. */
    private bytes: { readonly bottom: number; readonly top: number } | null = null;
    /** The highest bytes of the rows that the legend shows; null: no row is hidden, or not known yet. */
    private filtered: number | null = null;
    private reserved = true;

    /** `changed` is called when the window of bytes changes. The window of events is in the state. */
    constructor(
        private readonly store: Store,
        private readonly changed: () => void,
    ) {}

    takeDevice(device: DeviceData): void {
        this.device = device;
        this.bytes = this.filtered = null;
    }

    get window(): Window {
        const { from, to } = this.store.get();
        return { from, to, ...(this.bytes ?? { bottom: 0, top: this.top }) };
    }

    /** Bytes at the upper edge of a picture that shows everything. */
    get top(): number {
        if (this.filtered !== null) return this.filtered * HEADROOM;
        const { curve } = this.device;
        const most = Math.max(highest(curve?.requested ?? null), this.reserved ? highest(curve?.reserved ?? null) : 0);
        return most > 0 ? most * HEADROOM : EMPTY_HEIGHT;
    }

    get showsReserved(): boolean {
        return this.reserved;
    }

    showReserved(on: boolean): void {
        this.reserved = on;
        this.changed();
    }

    /** The highest bytes of the shown rows; null: all rows are shown, or not known yet. */
    setFiltered(most: number | null): void {
        this.filtered = most;
        this.changed();
    }

    get isFiltered(): boolean {
        return this.filtered !== null;
    }

    setEvents(from: number, to: number): void {
        const { first, end } = this.device;
        const width = Math.min(Math.max(to - from, Math.min(LEAST_EVENTS, end - first)), end - first);
        const begin = Math.min(Math.max(from + (to - from - width) / 2, first), end - width);
        this.store.set({ from: begin, to: begin + width });
    }

    private setBytes(bottom: number, top: number): void {
        const low = Math.max(bottom, 0);
        const all = low === 0 && top >= this.top;
        this.bytes = all ? null : { bottom: low, top: Math.max(Math.min(top, 2 * this.top), low + 1) };
        this.changed();
    }

    showAll(): void {
        this.bytes = null;
        this.setEvents(this.device.first, this.device.end);
        this.changed();
    }

    /** Moves the window to the event if it is outside. */
    include(event: number): void {
        const { from, to } = this.store.get();
        if (event >= from && event + 1 <= to) return;
        this.setEvents(event - (to - from) / 2, event + (to - from) / 2);
    }

    /** Moves by a part of the width. Stops at the ends, without changing the width. */
    pan(from: number, to: number): void {
        const { first, end } = this.device;
        if (from >= first && to <= end) return this.setEvents(from, to);
        const now = this.store.get();
        const width = Math.min(now.to - now.from, end - first);
        const begin = from < first ? first : end - width;
        this.setEvents(begin, begin + width);
    }

    /** Moves the window so that the point at `from` is at `to`. */
    drag(scale: Scale, from: Point, to: Point): void {
        const moved = scale.moved(from.x, 1, from.x - to.x);
        this.pan(moved.from, moved.to);
        if (!this.bytes) return;
        const shift = Math.max(scale.bytesAt(from.y) - scale.bytesAt(to.y), -this.bytes.bottom);
        this.setBytes(this.bytes.bottom + shift, this.bytes.top + shift);
    }

    /** Zooms; in if `factor` is below 1. The event at x stays at x. */
    zoom(scale: Scale, x: number, factor: number): void {
        const { from, to } = scale.moved(x, factor);
        this.setEvents(Math.max(from, this.device.first), Math.min(to, this.device.end));
    }

    zoomBytes(scale: Scale, y: number, factor: number): void {
        const bytes = scale.bytesAt(y);
        const { bottom, top } = scale.window;
        this.setBytes(bytes - (bytes - bottom) * factor, bytes + (top - bytes) * factor);
    }

    zoomToBox(scale: Scale, from: Point, to: Point): void {
        this.setBytes(scale.bytesAt(Math.max(from.y, to.y)), scale.bytesAt(Math.min(from.y, to.y)));
        this.setEvents(scale.eventAt(Math.min(from.x, to.x)), scale.eventAt(Math.max(from.x, to.x)));
    }
}
