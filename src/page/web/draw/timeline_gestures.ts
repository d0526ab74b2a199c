// The actions of pointer and keyboard in the timeline. draw/timeline_input.ts recognises the gestures.
import { lastAtMost } from "../data/curve";
import type { DeviceData } from "../data/device_data";
import { counted, formatBytes, formatDuration, words } from "../format";
import type { State, Store } from "../state";
import { hideTooltip, showTooltip } from "../view/tooltip";
import { momentText } from "./moment_text";
import { LEFT_OUT } from "./picture";
import type { Point, Ruler } from "./pointer_layer";
import type { Scale } from "./scale";
import type { Pixel, StackCanvas } from "./stack_canvas";
import type { Strips } from "./strips";
import type { Gestures } from "./timeline_input";
import type { Viewport } from "./viewport";

const DOUBLE_CLICK_ZOOM = 1 / 8;

/** The interface of the timeline for gestures. */
export interface Board {
    readonly store: Store;
    readonly device: DeviceData;
    readonly strips: Strips;
    readonly stack: StackCanvas;
    readonly viewport: Viewport;
    readonly surface: HTMLElement;
    scale(): Scale;
    /** Draws the pointer layer again. */
    redrawPointer(): void;
    rulerModeChanged(): void;
    /** Says a text to screen readers. */
    say(text: string): void;
}

export class TimelineGestures implements Gestures {
    boxZoom: { readonly from: Point; readonly to: Point } | null = null;
    ruler: Ruler | null = null;
    rulerMode = false;
    private rulerBegin: Point | null = null;

    constructor(private readonly board: Board) {}

    private get state(): State {
        return this.board.store.get();
    }

    private pixelAt(point: Point): Pixel | null {
        return this.board.stack.pixelAt(this.board.scale(), point);
    }

    private rowAt(point: Point): number | null {
        const value = this.pixelAt(point)?.value ?? -1;
        return value < 0 ? null : value;
    }

    // ---- pointer

    hover(point: Point | null, event: MouseEvent | null): void {
        const row = point && this.rowAt(point);
        this.board.store.set({ hover: row });
        const lines = point ? this.tipAt(point, row) : [];
        if (event && lines.length > 0) showTooltip(event, lines);
        else hideTooltip();
        this.board.surface.style.cursor = this.rulerMode ? "crosshair" : row === null ? "default" : "pointer";
    }

    private tipAt(point: Point, row: number | null): string[] {
        const { device, strips } = this.board;
        const scale = this.board.scale();
        if (point.y < scale.area.top) return [strips.textAt(scale, point.x, point.y)].filter((text) => text !== null);
        const pixel = this.pixelAt(point);
        if (!pixel) return [];
        const total = this.board.stack.picture!.totals[pixel.column];
        const moment = `${momentText(device, pixel.event)}: ${formatBytes(total)} live`;
        if (row !== null) return [...this.rowTip(row, pixel.event), moment];
        return pixel.value === LEFT_OUT ? ["left out of this page", moment] : [moment];
    }

    private rowTip(row: number, event: number): string[] {
        const { size, site, category, age, start, end } = this.board.device.brief(row, event);
        const lived = age === null ? counted(event - start, "event") : formatDuration(Math.round(age));
        const old = start < 0 ? "older than the recording" : `${lived} old`;
        return [site, `${formatBytes(size)} · ${words(category)} · ${old}${end === null ? " · live at the end" : ""}`];
    }

    click(point: Point): void {
        if (this.rulerMode) return this.setRuler(null);
        const scale = this.board.scale();
        const { left, width } = scale.area;
        if (point.x < left || point.x > left + width) return;
        const at = this.pixelAt(point)?.event ?? Math.floor(scale.eventAt(point.x));
        this.board.store.set({ at: this.inside(at), row: this.rowAt(point) });
    }

    doubleClick(point: Point): void {
        const row = this.rowAt(point);
        if (row === null) return this.zoom(point, DOUBLE_CLICK_ZOOM);
        const { start, life, first, end: last } = this.board.device;
        const begin = Math.max(start[row], first);
        const end = life[row] === 0 ? last : start[row] + life[row];
        const margin = Math.max((end - begin) * 0.15, 2);
        this.board.viewport.setEvents(begin - margin, end + margin);
    }

    drag(from: Point, to: Point): void {
        this.board.viewport.drag(this.board.scale(), from, to);
    }

    zoom(at: Point, factor: number): void {
        this.board.viewport.zoom(this.board.scale(), at.x, factor);
    }

    zoomBytes(at: Point, factor: number): void {
        this.board.viewport.zoomBytes(this.board.scale(), at.y, factor);
    }

    box(from: Point, to: Point, done: boolean): void {
        this.boxZoom = done ? null : { from, to };
        if (done) this.board.viewport.zoomToBox(this.board.scale(), from, to);
        this.board.redrawPointer();
    }

    measure(from: Point, to: Point): void {
        const scale = this.board.scale();
        const placeOf = (point: Point) => ({ event: scale.eventAt(point.x), bytes: Math.max(scale.bytesAt(point.y), 0) });
        // The first point keeps its place while the second one moves.
        const begin = this.ruler && this.rulerBegin === from ? this.ruler.from : placeOf(from);
        this.rulerBegin = from;
        this.setRuler({ from: begin, to: placeOf(to) });
    }

    private setRuler(ruler: Ruler | null): void {
        this.ruler = ruler;
        this.board.redrawPointer();
    }

    setRulerMode(on: boolean): void {
        this.rulerMode = on;
        this.setRuler(on ? this.ruler : null);
        this.board.rulerModeChanged();
    }

    // ---- keyboard

    key(name: string, shift: boolean): boolean {
        const { store, viewport, device } = this.board;
        const { at, from, to, pin } = this.state;
        const page = Math.max((to - from) / 20, 1);
        const step = shift ? Math.round(page) : 1;
        switch (name.length === 1 ? name.toLowerCase() : name) {
            case "ArrowLeft": this.moveCursor(at - step); break;
            case "ArrowRight": this.moveCursor(at + step); break;
            case "ArrowUp": this.selectNext(1); break;
            case "ArrowDown": this.selectNext(-1); break;
            case "Home": this.moveCursor(device.first); break;
            case "End": this.moveCursor(device.end - 1); break;
            case "a": viewport.pan(from - page, to - page); break;
            case "d": viewport.pan(from + page, to + page); break;
            case "w": case "+": case "=": this.zoomMiddle(0.7); break;
            case "s": case "-": case "−": this.zoomMiddle(1 / 0.7); break;
            case "0": viewport.showAll(); break;
            case "p": store.set({ pin: pin === at ? null : at }); break;
            case "r": this.setRulerMode(!this.rulerMode); break;
            case "Escape": this.setRulerMode(false); store.set({ row: null }); break;
            default: return false;
        }
        return true;
    }

    /** Zooms around the cursor, or around the middle if the cursor is outside the window. */
    zoomMiddle(factor: number): void {
        const scale = this.board.scale();
        const { left, width } = scale.area;
        const cursor = scale.middleOf(this.state.at);
        const x = cursor >= left && cursor <= left + width ? cursor : left + width / 2;
        this.board.viewport.zoom(scale, x, factor);
    }

    private moveCursor(event: number): void {
        const { store, viewport, device } = this.board;
        const at = this.inside(event);
        store.set({ at });
        viewport.include(at);
        this.board.say(`${momentText(device, at)}: ${formatBytes(device.totalAt(at).bytes)} live`);
    }

    /** Selects the next live allocation above (1) or below (-1) the selected one. */
    private selectNext(step: 1 | -1): void {
        const { store, device } = this.board;
        const { at, row } = this.state;
        const live = device.liveAt(at).filter((candidate) => device.size[candidate] > 0);
        if (live.length === 0) return;
        const next = live[nextPlace(live, row, step)];
        store.set({ row: next });
        const { site, size, category } = device.brief(next, at);
        this.board.say(`${formatBytes(size)}, ${words(category)}, ${site}`);
    }

    private inside(event: number): number {
        const { first, end } = this.board.device;
        return Math.min(Math.max(event, first), end - 1);
    }
}

/** The index, in ascending `rows`, of the row after `row` in the direction of `step`. `rows` may lack `row`. */
export function nextPlace(rows: Int32Array, row: number | null, step: 1 | -1): number {
    const last = rows.length - 1;
    if (row === null) return step > 0 ? 0 : last;
    const before = lastAtMost(rows, row);
    const place = step > 0 ? before + 1 : rows[before] === row ? before - 1 : before;
    return Math.min(Math.max(place, 0), last);
}
