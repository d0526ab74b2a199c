// The whole recording in a small picture. A brush shows the window of the large picture.
import type { DeviceView } from "../data/types";
import type { Axis } from "../state";
import { element } from "../view/element";
import type { Colors } from "./colors";
import { paint } from "./paint";
import type { Picture } from "./picture";
import type { PictureMaker } from "./picture_maker";
import { Area, Scale } from "./scale";
import { Theme, theme } from "./theme";

const HANDLE = 7; // CSS pixels around an edge in which a pointer grabs it
const LEAST_BRUSH = 3;

interface Content {
    readonly device: DeviceView;
    readonly axis: Axis;
    readonly colors: Colors;
    /** Bytes at the upper edge. */
    readonly top: number;
    readonly from: number;
    readonly to: number;
}

type Grip = "from" | "to" | "both" | "new";

export class Overview {
    readonly element: HTMLElement;
    private readonly image = element("canvas", { class: "timeline-layer" });
    private readonly brush = element("canvas", { class: "timeline-layer" });
    private picture: Picture | null = null;
    private content: Content | null = null;
    private grip: { readonly kind: Grip; readonly event: number; readonly from: number; readonly to: number } | null = null;

    constructor(
        private readonly maker: PictureMaker,
        private readonly left: number,
        private readonly right: number,
        private readonly choose: (from: number, to: number) => void,
    ) {
        this.element = element("div", { class: "timeline-overview", "aria-hidden": "true" }, this.image, this.brush);
        this.element.addEventListener("pointerdown", (event) => this.press(event));
        this.element.addEventListener("pointermove", (event) => this.move(event));
        this.element.addEventListener("pointerup", () => (this.grip = null));
        this.element.addEventListener("dblclick", () => this.content && choose(this.content.device.first, this.content.device.end));
    }

    /** Makes a new picture. Returns the most bytes of any column, so that a filtered picture can fill its height. */
    async draw(content: Content): Promise<number> {
        this.content = content;
        const scale = this.scale(content);
        const ratio = devicePixelRatio;
        const [columns, height] = [Math.round(scale.area.width * ratio), Math.round(scale.area.height * ratio)];
        if (columns <= 0 || height <= 0) return 0;
        const picture = await this.maker.draw("overview", { edges: scale.edges(columns), height, bottom: 0, top: content.top });
        if (!picture) return 0;
        this.picture = picture;
        this.repaint(this.content);
        return picture.totals.reduce((most, total) => Math.max(most, total), 0);
    }

    /** Paints the same picture with new colours or a new window. */
    repaint(content: Content): void {
        this.content = content;
        if (this.picture && this.picture.rows.length > 0) {
            const context = this.image.getContext("2d")!;
            if (this.image.width !== this.picture.width) this.image.width = this.picture.width;
            if (this.image.height !== this.picture.height) this.image.height = this.picture.height;
            const { left, width, height } = this.scale(content).area;
            this.image.style.left = `${left}px`;
            this.image.style.width = `${width}px`;
            this.image.style.height = `${height}px`;
            paint(context, this.picture, content.colors);
        }
        this.drawBrush(content, theme());
    }

    /** Changes only the window. */
    moveBrush(from: number, to: number): void {
        if (!this.content) return;
        this.content = { ...this.content, from, to };
        this.drawBrush(this.content, theme());
    }

    private drawBrush(content: Content, { accent, surface }: Theme): void {
        const scale = this.scale(content);
        const { left, width, height } = scale.area;
        const context = fitCanvas(this.brush, this.element.clientWidth, this.element.clientHeight);
        const [from, to] = this.edgesOf(content, scale);
        context.fillStyle = surface;
        context.globalAlpha = 0.72;
        context.fillRect(left, 0, from - left, height);
        context.fillRect(to, 0, left + width - to, height);
        context.globalAlpha = 1;
        context.strokeStyle = context.fillStyle = accent;
        context.lineWidth = 1.5;
        context.strokeRect(from + 0.75, 0.75, Math.max(to - from - 1.5, 1), height - 1.5);
        for (const x of [from, to]) context.fillRect(x - 2, height / 2 - 8, 4, 16);
    }

    private edgesOf({ from, to }: Content, scale: Scale): [number, number] {
        const begin = scale.xOf(from);
        return [begin, Math.max(scale.xOf(to), begin + LEAST_BRUSH)];
    }

    private scale({ device, axis, top }: Content): Scale {
        const area: Area = {
            left: this.left, top: 0, width: Math.max(this.element.clientWidth - this.left - this.right, 1), height: this.element.clientHeight,
        };
        return new Scale(device, axis, { from: device.first, to: device.end, bottom: 0, top }, area);
    }

    private press(event: PointerEvent): void {
        if (!this.content || event.button !== 0) return;
        const scale = this.scale(this.content);
        const x = this.xOf(event);
        const [from, to] = this.edgesOf(this.content, scale);
        this.element.setPointerCapture(event.pointerId);
        this.grip = { kind: gripAt(x, from, to), event: scale.eventAt(x), from: this.content.from, to: this.content.to };
    }

    private move(event: PointerEvent): void {
        if (!this.content) return;
        const scale = this.scale(this.content);
        const x = this.xOf(event);
        if (!this.grip) {
            const grip = gripAt(x, ...this.edgesOf(this.content, scale));
            this.element.style.cursor = grip === "both" ? "grab" : grip === "new" ? "crosshair" : "ew-resize";
            return;
        }
        const { device } = this.content;
        const { kind, from, to } = this.grip;
        const here = Math.min(Math.max(scale.eventAt(x), device.first), device.end);
        if (kind === "from") this.choose(Math.min(here, to), Math.max(here, to));
        else if (kind === "to") this.choose(Math.min(here, from), Math.max(here, from));
        else if (kind === "new") this.choose(Math.min(here, this.grip.event), Math.max(here, this.grip.event));
        else this.choose(from + here - this.grip.event, to + here - this.grip.event);
    }

    private xOf(event: PointerEvent): number {
        return event.clientX - this.element.getBoundingClientRect().left;
    }
}

function gripAt(x: number, from: number, to: number): Grip {
    if (Math.abs(x - from) <= HANDLE && x < (from + to) / 2) return "from";
    if (Math.abs(x - to) <= HANDLE) return "to";
    return x > from && x < to ? "both" : "new";
}

/** Gives an empty canvas the size of its place in device pixels; drawing is in CSS pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = canvas.getContext("2d")!;
    if (canvas.width !== wide || canvas.height !== high) {
        canvas.width = wide;
        canvas.height = high;
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
}
