// The timeline: the stacked allocations over the events, with axes, marks, cursor and overview. The picture is
// made by a worker; until it arrives, the last picture is moved and stretched to its new place.
import type { Context, TimelineHook } from "../app_context";
import type { DeviceData } from "../data/device_data";
import type { KeyKind } from "../data/model";
import { counted, formatBytes } from "../format";
import type { State, Store } from "../state";
import { element } from "../view/element";
import { drawMarks } from "./marks";
import { Overview, fitCanvas } from "./overview";
import { EMPTY, LEFT_OUT, Picture } from "./picture";
import { Point, drawPointer } from "./pointer_layer";
import { Scale } from "./scale";
import { Pixel, StackCanvas } from "./stack_canvas";
import { Strips } from "./strips";
import { theme } from "./theme";
import { Board, TimelineGestures } from "./timeline_gestures";
import { listen } from "./timeline_input";
import { TimelineTools } from "./timeline_tools";
import { Viewport } from "./viewport";

const MARGIN = { left: 74, right: 14, bottom: 26, top: 10 }; // CSS pixels around the picture
const KEPT_TIMES = 100;
const MOST_PIXELS = 8192;

export function mountTimeline(host: HTMLElement, context: Context): void {
    context.attach(new Timeline(host, context));
}

class Timeline implements TimelineHook, Board {
    readonly stack = new StackCanvas();
    private readonly marks = element("canvas", { class: "timeline-layer" });
    readonly surface = element("canvas", { class: "timeline-layer", tabindex: "0", role: "application" });
    private readonly frame = element("div", { class: "timeline-picture" }, this.stack.element, this.marks, this.surface);
    private readonly gestures = new TimelineGestures(this);
    private readonly tools: TimelineTools;
    private readonly overview: Overview;
    readonly viewport: Viewport;
    device!: DeviceData;
    strips!: Strips;

    private frameAsked = false;
    private pictureNeeded = true;
    private overviewNeeded = true;
    private drawnSize = ""; // of the frame, at the last picture
    private busy = 0; // pictures under way
    private readonly waiters: (() => void)[] = [];
    readonly frameTimes: number[] = [];
    firstDrawMs: number | null = null;

    constructor(
        host: HTMLElement,
        private readonly context: Context,
    ) {
        this.viewport = new Viewport(context.store, () => this.redraw());
        this.tools = new TimelineTools({
            axis: (axis) => context.store.set({ axis }),
            zoom: (factor) => this.gestures.zoomMiddle(factor),
            all: () => this.viewport.showAll(),
            ruler: (on) => this.gestures.setRulerMode(on),
            reserved: (on) => this.showReserved(on),
        });
        this.overview = new Overview(context.pictures, MARGIN.left, MARGIN.right, (from, to) => this.viewport.setEvents(from, to));
        host.append(element("div", { class: "timeline" }, this.tools.element, this.frame, this.overview.element));
        listen(this.surface, this.gestures);
        this.takeDevice();
        this.observe();
    }

    private observe(): void {
        const { store, onColors } = this.context;
        new ResizeObserver(() => this.resized()).observe(this.frame);
        store.observe(["device"], () => this.takeDevice());
        store.observe(["from", "to", "view"], () => this.redraw());
        store.observe(["axis"], () => this.changeAxis());
        store.observe(["hidden"], () => this.hide());
        store.observe(["at", "pin", "row", "hover"], () => this.redrawPointer());
        onColors.call(this.context, () => this.recolor());
    }

    get store(): Store {
        return this.context.store;
    }

    private get state(): State {
        return this.context.store.get();
    }

    // ---- changes of the state

    private takeDevice(): void {
        this.device = this.context.device();
        this.strips = new Strips(this.device);
        this.viewport.takeDevice(this.device);
        this.gestures.ruler = null;
        this.stack.clear();
        this.surface.setAttribute("aria-label", this.description());
        this.showTools();
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

    /** Tells the worker which rows are switched off in the legend, and draws everything again. */
    private hide(): void {
        const { hidden, by } = this.state;
        this.context.pictures.hide(hidden.size === 0 ? null : rowsOf(this.device, by, hidden));
        this.viewport.setFiltered(null);
        this.redrawOverview();
    }

    private changeAxis(): void {
        this.showTools();
        this.redraw();
        this.redrawOverview();
    }

    private showReserved(on: boolean): void {
        this.viewport.showReserved(on);
        this.showTools();
        this.redrawOverview();
    }

    /** The first call is for a size that is known already. */
    private resized(): void {
        if (this.size() === this.drawnSize) return;
        this.redraw();
        this.redrawOverview();
    }

    private size(): string {
        return `${this.frame.clientWidth}x${this.frame.clientHeight}`;
    }

    private recolor(): void {
        if (this.device !== this.context.device()) return; // takeDevice() follows
        this.stack.recolor(this.context.colors());
        this.overview.repaint(this.overviewContent());
        this.redrawPointer();
    }

    private showTools(): void {
        this.tools.update(this.device, this.state, { ruler: this.gestures.rulerMode, reserved: this.viewport.showsReserved });
    }

    rulerModeChanged(): void {
        this.showTools();
    }

    say(text: string): void {
        this.tools.say(text);
    }

    // ---- drawing

    scale(): Scale {
        const { clientWidth, clientHeight } = this.frame;
        const top = this.strips.height + MARGIN.top;
        return new Scale(this.device, this.state.axis, this.viewport.window, {
            left: MARGIN.left,
            top,
            width: Math.max(clientWidth - MARGIN.left - MARGIN.right, 1),
            height: Math.max(clientHeight - top - MARGIN.bottom, 1),
        });
    }

    /** Requests a new picture. */
    private redraw(): void {
        this.pictureNeeded = true;
        this.redrawPointer();
    }

    private redrawOverview(): void {
        this.overviewNeeded = true;
        this.redrawPointer();
    }

    redrawPointer(): void {
        if (this.frameAsked) return;
        this.frameAsked = true;
        requestAnimationFrame(() => this.drawFrame());
    }

    private drawFrame(): void {
        this.frameAsked = false;
        if (this.frame.clientWidth > MARGIN.left + MARGIN.right) {
            const scale = this.scale();
            if (this.pictureNeeded) void this.makePicture(scale);
            if (this.overviewNeeded) void this.drawOverview(); // after the picture, because the worker makes one at a time
            this.stack.place(scale);
            this.drawLayers(scale);
            this.overview.moveBrush(this.state.from, this.state.to);
        }
        this.tellSettled();
    }

    private drawLayers(scale: Scale): void {
        const { device, state, strips } = this;
        const colors = theme();
        const size = [this.frame.clientWidth, this.frame.clientHeight] as const;
        const shown = { device, scale, strips, theme: colors };
        drawMarks(fitCanvas(this.marks, ...size), {
            ...shown, picture: this.stack.picture, filtered: state.hidden.size > 0, reserved: this.viewport.showsReserved,
        });
        drawPointer(fitCanvas(this.surface, ...size), {
            ...shown, state, picture: this.stack.pictureOf(scale), box: this.gestures.boxZoom, ruler: this.gestures.ruler,
        });
    }

    private async makePicture(scale: Scale): Promise<void> {
        this.pictureNeeded = false;
        this.drawnSize = this.size();
        this.busy += 1;
        const begin = performance.now();
        const columns = pixels(scale.area.width);
        const height = pixels(scale.area.height);
        const { bottom, top } = scale.window;
        const device = this.device;
        const picture = await this.context.pictures.draw("main", { edges: scale.edges(columns), height, bottom, top });
        this.busy -= 1;
        if (picture && device === this.device) {
            this.stack.show(picture, scale, this.context.colors());
            this.firstDrawMs ??= performance.now();
            this.frameTimes.push(performance.now() - begin);
            if (this.frameTimes.length > KEPT_TIMES) this.frameTimes.shift();
        }
        this.redrawPointer();
    }

    private overviewContent() {
        const { axis, from, to } = this.state;
        return { device: this.device, axis, colors: this.context.colors(), top: this.viewport.top, from, to };
    }

    /** Draws the overview, which also finds the height of a filtered picture. */
    private async drawOverview(): Promise<void> {
        this.overviewNeeded = false;
        this.busy += 1;
        const most = await this.overview.draw(this.overviewContent());
        this.busy -= 1;
        if (this.state.hidden.size > 0 && most > 0 && !this.viewport.isFiltered) {
            this.viewport.setFiltered(most);
            await this.drawOverview();
        }
        this.tellSettled();
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
        return this.stack.picture;
    }

    pixelAt(x: number, y: number): ReturnType<TimelineHook["pixelAt"]> {
        const scale = this.scale();
        const pixel = this.pixelOf(scale, x, y);
        if (!pixel) return null;
        const { bottom, top } = scale.window;
        const { height } = this.stack.picture!;
        const { event, value } = pixel;
        const byte = bottom + ((height - pixel.line - 0.5) * (top - bottom)) / height;
        if (value === EMPTY) return { event, byte, row: null, idx: null, color: null };
        if (value === LEFT_OUT) return { event, byte, row: -1, idx: null, color: this.stack.paintedAt(pixel) };
        return { event, byte, row: value, idx: this.device.idxOf(value), color: this.context.colors().cssOfRow(value) };
    }

    drawnAt(x: number, y: number): string | null {
        const pixel = this.pixelOf(this.scale(), x, y);
        return pixel && this.stack.paintedAt(pixel);
    }

    private pixelOf(scale: Scale, x: number, y: number): Pixel | null {
        const { left, top } = this.frame.getBoundingClientRect();
        const point: Point = { x: x - left, y: y - top };
        return this.stack.pixelAt(scale, point);
    }
}

/** A length in device pixels, limited because browsers refuse a canvas that is much larger. */
function pixels(length: number): number {
    return Math.min(Math.round(length * devicePixelRatio), MOST_PIXELS);
}

/** One value for each row: 1 if it has one of the keys. */
function rowsOf(device: DeviceData, by: KeyKind, keys: ReadonlySet<string>): Uint8Array {
    const wanted = device.keyTexts(by).keys.map((key) => (keys.has(key) ? 1 : 0));
    const keyOf = device.keyOf(by);
    const rows = new Uint8Array(device.rows);
    for (let row = 0; row < rows.length; ++row) rows[row] = wanted[keyOf[row]];
    return rows;
}
