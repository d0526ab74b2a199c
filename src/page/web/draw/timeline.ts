// The timeline: the stacked allocations over the events, with axes, marks, cursor and overview. The picture is
// made by a worker; until it arrives, the last one is moved and stretched to its new place.
import type { Context, TimelineHook } from "../app_context";
import type { DeviceData } from "../data/device_data";
import { highest, lastAtMost } from "../data/curve";
import { counted, formatBytes, formatDuration, words } from "../format";
import { pageScript } from "../page_script";
import type { State } from "../state";
import { element } from "../view/element";
import { hideTooltip, showTooltip } from "../view/tooltip";
import { drawMarks } from "./marks";
import { Overview, fitCanvas } from "./overview";
import { paint } from "./paint";
import { EMPTY, LEFT_OUT, Picture } from "./picture";
import { PictureMaker } from "./picture_maker";
import { Point, Ruler, drawPointer } from "./pointer_layer";
import { Area, Scale, Window } from "./scale";
import { Strips } from "./strips";
import { theme } from "./theme";
import { Gestures, listen } from "./timeline_input";
import { TimelineTools, momentText } from "./timeline_tools";

const MARGIN = { left: 74, right: 14, bottom: 26, top: 10 }; // CSS pixels around the picture
const HEADROOM = 1.05; // above the highest bytes
const LEAST_EVENTS = 4; // of a window
const KEPT_TIMES = 100;

/** A picture and the window that it is of. */
interface Drawn {
    readonly picture: Picture;
    readonly scale: Scale;
}

export function mountTimeline(host: HTMLElement, context: Context): void {
    context.attach(new Timeline(host, context));
}

export class Timeline implements TimelineHook, Gestures {
    private readonly maker = new PictureMaker(pageScript);
    private readonly stack = element("canvas", { class: "timeline-stack" });
    // Kept in memory of the page: it is written as a whole, and read by tests.
    private readonly stackContext = this.stack.getContext("2d", { willReadFrequently: true })!;
    private readonly plotBox = element("div", { class: "timeline-plot" }, this.stack);
    private readonly marks = element("canvas", { class: "timeline-layer" });
    private readonly front = element("canvas", { class: "timeline-layer", tabindex: "0", role: "application" });
    private readonly frame: HTMLElement;
    private readonly tools: TimelineTools;
    private readonly overview: Overview;

    private device!: DeviceData;
    private strips!: Strips;
    private drawn: Drawn | null = null;
    /** Set by a box zoom; null: from 0 to the highest bytes. */
    private byteWindow: { bottom: number; top: number } | null = null;
    /** The highest bytes of what the legend leaves; null: nothing is hidden, or not known yet. */
    private filteredTop: number | null = null;
    private pointer: Point | null = null;
    private boxZoom: { from: Point; to: Point } | null = null;
    private ruler: Ruler | null = null;
    rulerMode = false;

    private frameAsked = false;
    private pictureNeeded = true;
    private busy = 0; // pictures under way
    private readonly waiters: (() => void)[] = [];
    readonly frameTimes: number[] = [];
    firstDrawMs: number | null = null;

    constructor(
        host: HTMLElement,
        private readonly context: Context,
    ) {
        this.tools = new TimelineTools({
            axis: (axis) => context.store.set({ axis }),
            zoom: (factor) => this.zoomMiddle(factor),
            all: () => this.showAll(),
            ruler: (on) => this.setRulerMode(on),
        });
        this.overview = new Overview(this.maker, MARGIN.left, MARGIN.right, (from, to) => this.setWindow(from, to));
        this.frame = element("div", { class: "timeline-picture" }, this.plotBox, this.marks, this.front);
        host.append(element("div", { class: "timeline" }, this.tools.element, this.frame, this.overview.element));
        listen(this.front, this);
        new ResizeObserver(() => this.redraw()).observe(this.frame);
        this.takeDevice();
        context.store.observe(["device"], () => this.takeDevice());
        context.store.observe(["from", "to", "axis", "view"], () => this.redraw());
        context.store.observe(["hidden"], () => this.hide());
        context.store.observe(["at", "pin", "row", "hover"], () => this.ask());
        context.store.observe(["axis"], () => this.showTools());
        context.onColors(() => this.recolor());
    }

    // ---- what is shown

    private get state(): State {
        return this.context.store.get();
    }

    private takeDevice(): void {
        this.device = this.context.device();
        this.strips = new Strips(this.device);
        this.drawn = this.byteWindow = this.ruler = null;
        this.maker.device(this.device);
        this.front.setAttribute("aria-label", this.description());
        this.hide();
    }

    private description(): string {
        const peak = this.device.moments.find(({ name }) => name === "peak");
        const most = peak ? `, at most ${formatBytes(peak.live_bytes)} at event ${peak.event}` : "";
        return (
            `Timeline of ${counted(this.device.rows, "allocation")} over ${counted(this.device.model.events, "event")}${most}. ` +
            "The left and right arrow keys move the cursor, up and down select an allocation, plus and minus zoom, " +
            "A and D move, 0 shows everything. The table at the cursor has the same figures as the picture."
        );
    }

    /** Tells the worker which rows the legend has switched off, and draws everything again. */
    private hide(): void {
        const { hidden, by } = this.state;
        this.filteredTop = null;
        if (hidden.size === 0) {
            this.maker.hide(null);
        } else {
            const off = Uint8Array.from(this.device.keyTexts(by).keys, (key) => (hidden.has(key) ? 1 : 0));
            this.maker.hide(Uint8Array.from(this.device.keyOf(by), (key) => off[key]));
        }
        this.showTools();
        this.redraw();
        void this.drawOverview();
    }

    private recolor(): void {
        if (this.device !== this.context.device()) return; // takeDevice() is about to come
        if (this.drawn) paint(this.stackContext, this.drawn.picture, this.context.colors());
        this.overview.repaint(this.overviewContent());
        this.ask();
    }

    private showTools(): void {
        this.tools.update(this.device, this.state, this.rulerMode);
    }

    // ---- drawing

    /** A new picture is needed. */
    private redraw(): void {
        this.pictureNeeded = true;
        this.ask();
    }

    private ask(): void {
        if (this.frameAsked) return;
        this.frameAsked = true;
        requestAnimationFrame(() => this.drawFrame());
    }

    private drawFrame(): void {
        this.frameAsked = false;
        if (this.frame.clientWidth > MARGIN.left + MARGIN.right) {
            const scale = this.scale();
            if (this.pictureNeeded) void this.makePicture(scale);
            this.placeStack(scale);
            this.drawLayers(scale);
            this.overview.moveBrush(this.state.from, this.state.to);
        }
        this.tellSettled();
    }

    private drawLayers(scale: Scale): void {
        const size = [this.frame.clientWidth, this.frame.clientHeight] as const;
        const colors = theme();
        const picture = this.isCurrent(scale) ? this.drawn!.picture : null;
        const { device, state, strips, pointer, ruler } = this;
        drawMarks(fitCanvas(this.marks, ...size), {
            device, scale, strips, theme: colors, picture: this.drawn?.picture ?? null, filtered: state.hidden.size > 0,
        });
        drawPointer(fitCanvas(this.front, ...size), { device, state, scale, theme: colors, picture, pointer, box: this.boxZoom, ruler });
    }

    private async makePicture(scale: Scale): Promise<void> {
        this.pictureNeeded = false;
        this.busy += 1;
        const begin = performance.now();
        const ratio = devicePixelRatio;
        const columns = Math.round(scale.area.width * ratio);
        const height = Math.round(scale.area.height * ratio);
        const picture = await this.maker.draw("main", { edges: scale.edges(columns), height, ...scale.window });
        this.busy -= 1;
        if (picture) {
            this.show({ picture, scale });
            this.firstDrawMs ??= performance.now();
            this.frameTimes.push(performance.now() - begin);
            if (this.frameTimes.length > KEPT_TIMES) this.frameTimes.shift();
        }
        this.ask();
    }

    private show(drawn: Drawn): void {
        this.drawn = drawn;
        const { width, height } = drawn.picture;
        if (this.stack.width !== width) this.stack.width = width;
        if (this.stack.height !== height) this.stack.height = height;
        paint(this.stackContext, drawn.picture, this.context.colors());
    }

    /** Puts the last picture where its window is in the present one. */
    private placeStack(scale: Scale): void {
        const { left, top, width, height } = scale.area;
        const style = { left, top, width, height };
        for (const [name, value] of Object.entries(style)) this.plotBox.style.setProperty(name, `${value}px`);
        if (!this.drawn) return;
        const { window: of } = this.drawn.scale;
        const x0 = scale.xOf(of.from) - left;
        const x1 = scale.xOf(of.to) - left;
        const y0 = scale.yOf(of.top) - top;
        const y1 = scale.yOf(of.bottom) - top;
        this.stack.style.transform = this.isCurrent(scale) ? "none" : `translate(${x0}px, ${y0}px) scale(${(x1 - x0) / width}, ${(y1 - y0) / height})`;
    }

    private isCurrent(scale: Scale): boolean {
        const of = this.drawn?.scale;
        return of !== undefined && sameWindow(of.window, scale.window) && of.inTime === scale.inTime && sameArea(of.area, scale.area);
    }

    private overviewContent() {
        const { axis, from, to } = this.state;
        return { device: this.device, axis, colors: this.context.colors(), top: this.filteredTop ?? this.highestBytes(), from, to };
    }

    private async drawOverview(): Promise<void> {
        this.busy += 1;
        const most = await this.overview.draw(this.overviewContent());
        this.busy -= 1;
        if (this.state.hidden.size > 0 && most > 0 && this.filteredTop === null) {
            this.filteredTop = most * HEADROOM;
            this.redraw();
            await this.drawOverview();
        }
        this.tellSettled();
    }

    private scale(): Scale {
        const { from, to, axis } = this.state;
        const bytes = this.byteWindow ?? { bottom: 0, top: this.filteredTop ?? this.highestBytes() };
        return new Scale(this.device, axis, { from, to, ...bytes }, this.area());
    }

    private area(): Area {
        const top = this.strips.height + MARGIN.top;
        return {
            left: MARGIN.left,
            top,
            width: Math.max(this.frame.clientWidth - MARGIN.left - MARGIN.right, 1),
            height: Math.max(this.frame.clientHeight - top - MARGIN.bottom, 1),
        };
    }

    private highestBytes(): number {
        const curve = this.device.curve;
        const most = Math.max(highest(curve?.requested ?? null), highest(curve?.reserved ?? null));
        return most > 0 ? most * HEADROOM : 1024;
    }

    // ---- windows

    private setWindow(from: number, to: number): void {
        const { first, end } = this.device;
        const width = Math.min(Math.max(to - from, Math.min(LEAST_EVENTS, end - first)), end - first);
        const begin = Math.min(Math.max(from + (to - from - width) / 2, first), end - width);
        this.context.store.set({ from: begin, to: begin + width });
    }

    private showAll(): void {
        this.byteWindow = null;
        this.setWindow(this.device.first, this.device.end);
        this.redraw();
    }

    private zoomMiddle(factor: number): void {
        const scale = this.scale();
        const { left, width } = scale.area;
        const cursor = scale.xOf(this.state.at);
        const x = cursor >= left && cursor <= left + width ? cursor : left + width / 2;
        this.zoom({ x, y: 0 }, factor);
    }

    private showEvent(event: number): void {
        const { from, to } = this.state;
        if (event >= from && event + 1 <= to) return;
        this.setWindow(event - (to - from) / 2, event + (to - from) / 2);
    }

    // ---- gestures

    hover(point: Point | null, event: MouseEvent | null): void {
        this.pointer = point;
        const row = point ? this.rowAt(point) : null;
        this.context.store.set({ hover: row });
        const lines = point && event ? this.tipAt(point, row) : [];
        if (lines.length > 0) showTooltip(event!, lines);
        else hideTooltip();
        this.front.style.cursor = this.rulerMode ? "crosshair" : row === null ? "default" : "pointer";
        this.ask();
    }

    private tipAt(point: Point, row: number | null): string[] {
        const scale = this.scale();
        if (point.y < scale.area.top) return [this.strips.textAt(scale, point.x, point.y) ?? ""].filter(Boolean);
        const column = this.columnAt(point);
        if (column === null) return [];
        const { picture } = this.drawn!;
        const event = picture.events[column];
        const moment = `${momentText(this.device, event)}: ${formatBytes(picture.totals[column])} live`;
        if (row === null) return this.isLeftOut(point) ? ["left out of this page", moment] : [moment];
        const { size, site, category, age, start, end } = this.device.brief(row, event);
        const old = start < 0 ? "older than the recording" : `${age === null ? counted(event - start, "event") : formatDuration(Math.round(age))} old`;
        return [site, `${formatBytes(size)} · ${words(category)} · ${old}${end === null ? " · live at the end" : ""}`, moment];
    }

    click(point: Point): void {
        const scale = this.scale();
        if (this.rulerMode) return this.setRuler(null);
        if (point.x < scale.area.left || point.x > scale.area.left + scale.area.width) return;
        const column = this.columnAt(point);
        const at = column === null ? Math.floor(scale.eventAt(point.x)) : this.drawn!.picture.events[column];
        this.context.store.set({ at: this.inside(at), row: this.rowAt(point) });
    }

    doubleClick(point: Point): void {
        const row = this.rowAt(point);
        if (row === null) return;
        const { start, life } = this.device;
        const begin = Math.max(start[row], this.device.first);
        const end = life[row] === 0 ? this.device.end : start[row] + life[row];
        const margin = Math.max((end - begin) * 0.15, 2);
        this.setWindow(begin - margin, end + margin);
    }

    drag(from: Point, to: Point): void {
        const scale = this.scale();
        const { from: first, to: last } = scale.moved(from.x, 1, from.x - to.x);
        this.pan(first, last);
        if (this.byteWindow) {
            const shift = Math.max(scale.bytesAt(from.y) - scale.bytesAt(to.y), -this.byteWindow.bottom);
            this.byteWindow = { bottom: this.byteWindow.bottom + shift, top: this.byteWindow.top + shift };
            this.redraw();
        }
    }

    // Moving stops at the ends, without changing the width.
    private pan(from: number, to: number): void {
        const { first, end } = this.device;
        if (from < first || to > end) {
            const width = Math.min(this.state.to - this.state.from, end - first);
            const begin = from < first ? first : end - width;
            this.setWindow(begin, begin + width);
        } else {
            this.setWindow(from, to);
        }
    }

    zoom(at: Point, factor: number): void {
        const { from, to } = this.scale().moved(at.x, factor);
        this.setWindow(Math.max(from, this.device.first), Math.min(to, this.device.end));
    }

    zoomBytes(at: Point, factor: number): void {
        const scale = this.scale();
        const bytes = scale.bytesAt(at.y);
        const { bottom, top } = scale.window;
        const next = { bottom: Math.max(bytes - (bytes - bottom) * factor, 0), top: bytes + (top - bytes) * factor };
        const most = this.filteredTop ?? this.highestBytes();
        this.byteWindow = next.top - next.bottom >= most || next.top > most * 2 ? null : next;
        this.redraw();
    }

    box(from: Point, to: Point, done: boolean): void {
        this.boxZoom = done ? null : { from, to };
        if (done) {
            const scale = this.scale();
            const [x0, x1] = [Math.min(from.x, to.x), Math.max(from.x, to.x)];
            const [y0, y1] = [Math.max(from.y, to.y), Math.min(from.y, to.y)];
            this.byteWindow = { bottom: Math.max(scale.bytesAt(y0), 0), top: Math.max(scale.bytesAt(y1), 1) };
            this.setWindow(scale.eventAt(x0), scale.eventAt(x1));
            this.redraw();
        }
        this.ask();
    }

    measure(from: Point, to: Point): void {
        const scale = this.scale();
        const placeOf = (point: Point) => ({ event: scale.eventAt(point.x), bytes: Math.max(scale.bytesAt(point.y), 0) });
        this.setRuler({ from: this.ruler && this.measuring(from) ? this.ruler.from : placeOf(from), to: placeOf(to) });
    }

    // Whether the ruler's first point is where this gesture began.
    private measuring(from: Point): boolean {
        return this.ruler !== null && Math.abs(this.scale().xOf(this.ruler.from.event) - from.x) < 0.5;
    }

    private setRuler(ruler: Ruler | null): void {
        this.ruler = ruler;
        this.ask();
    }

    private setRulerMode(on: boolean): void {
        this.rulerMode = on;
        if (!on) this.ruler = null;
        this.showTools();
        this.ask();
    }

    key(name: string, shift: boolean): boolean {
        const { at, from, to, pin } = this.state;
        const page = Math.max((to - from) / 20, 1);
        const step = shift ? Math.round(page) : 1;
        switch (name.length === 1 ? name.toLowerCase() : name) {
            case "ArrowLeft": this.moveCursor(at - step); break;
            case "ArrowRight": this.moveCursor(at + step); break;
            case "ArrowUp": this.selectNext(1); break;
            case "ArrowDown": this.selectNext(-1); break;
            case "Home": this.moveCursor(this.device.first); break;
            case "End": this.moveCursor(this.device.end - 1); break;
            case "a": this.pan(from - page, to - page); break;
            case "d": this.pan(from + page, to + page); break;
            case "w": case "+": case "=": this.zoomMiddle(0.7); break;
            case "s": case "-": case "−": this.zoomMiddle(1 / 0.7); break;
            case "0": this.showAll(); break;
            case "p": this.context.store.set({ pin: pin === at ? null : at }); break;
            case "r": this.setRulerMode(!this.rulerMode); break;
            case "Escape": this.setRulerMode(false); this.context.store.set({ row: null }); break;
            default: return false;
        }
        return true;
    }

    private moveCursor(event: number): void {
        const at = this.inside(event);
        this.context.store.set({ at });
        this.showEvent(at);
        this.tools.say(`${momentText(this.device, at)}: ${formatBytes(this.device.totalAt(at).bytes)} live`);
    }

    /** Selects the next live allocation above (1) or below (-1) the selected one. */
    private selectNext(step: number): void {
        const { at, row } = this.state;
        const live = this.device.liveAt(at).filter((candidate) => this.device.size[candidate] > 0);
        if (live.length === 0) return;
        const place = row === null ? -1 : lastAtMost(live, row);
        const wanted = row === null ? (step > 0 ? 0 : live.length - 1) : place + (step > 0 || live[place] === row ? step : 0);
        const next = live[Math.min(Math.max(wanted, 0), live.length - 1)];
        this.context.store.set({ row: next });
        const { site, size, category } = this.device.brief(next, at);
        this.tools.say(`${formatBytes(size)}, ${words(category)}, ${site}`);
    }

    private inside(event: number): number {
        return Math.min(Math.max(event, this.device.first), this.device.end - 1);
    }

    // ---- what is under a point

    private columnAt({ x, y }: Point): number | null {
        const scale = this.scale();
        if (!this.isCurrent(scale) || !scale.contains(x, y)) return null;
        const { width } = this.drawn!.picture;
        return Math.min(Math.floor(((x - scale.area.left) / scale.area.width) * width), width - 1);
    }

    private lineAt({ y }: Point): number {
        const { area } = this.scale();
        const { height } = this.drawn!.picture;
        return Math.min(Math.floor(((y - area.top) / area.height) * height), height - 1);
    }

    /** Row, EMPTY or LEFT_OUT; null: outside of the picture. */
    private valueAt(point: Point): number | null {
        const column = this.columnAt(point);
        if (column === null) return null;
        return this.drawn!.picture.rows[this.lineAt(point) * this.drawn!.picture.width + column];
    }

    private rowAt(point: Point): number | null {
        const value = this.valueAt(point);
        return value === null || value < 0 ? null : value;
    }

    private isLeftOut(point: Point): boolean {
        return this.valueAt(point) === LEFT_OUT;
    }

    // ---- for scripts and tests

    settled(): Promise<void> {
        return new Promise((resolve) => {
            this.waiters.push(resolve);
            this.tellSettled();
        });
    }

    private tellSettled(): void {
        if (this.frameAsked || this.busy > 0) return;
        for (const tell of this.waiters.splice(0)) tell();
    }

    plot(): ReturnType<TimelineHook["plot"]> {
        const { left, top } = this.frame.getBoundingClientRect();
        const { area, window } = this.scale();
        return {
            left: left + area.left, top: top + area.top, width: area.width, height: area.height,
            from: window.from, to: window.to, maxBytes: window.top,
        };
    }

    picture(): Picture | null {
        return this.drawn?.picture ?? null;
    }

    pixelAt(x: number, y: number): ReturnType<TimelineHook["pixelAt"]> {
        const point = this.pointOf(x, y);
        const column = this.columnAt(point);
        const value = this.valueAt(point);
        if (column === null || value === null) return null;
        const { bottom, top } = this.scale().window;
        const { picture } = this.drawn!;
        const byte = bottom + ((picture.height - this.lineAt(point) - 0.5) * (top - bottom)) / picture.height;
        const event = picture.events[column];
        if (value === EMPTY) return { event, byte, row: null, idx: null, color: null };
        if (value === LEFT_OUT) return { event, byte, row: -1, idx: null, color: null };
        return { event, byte, row: value, idx: this.device.idxOf(value), color: this.context.colors().cssOfRow(value) };
    }

    drawnAt(x: number, y: number): string | null {
        const point = this.pointOf(x, y);
        const column = this.columnAt(point);
        if (column === null) return null;
        const [r, g, b, a] = this.stackContext.getImageData(column, this.lineAt(point), 1, 1).data;
        return a === 0 ? null : `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
    }

    private pointOf(x: number, y: number): Point {
        const { left, top } = this.frame.getBoundingClientRect();
        return { x: x - left, y: y - top };
    }
}

function sameWindow(a: Window, b: Window): boolean {
    return a.from === b.from && a.to === b.to && a.bottom === b.bottom && a.top === b.top;
}

function sameArea(a: Area, b: Area): boolean {
    return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}
