// The canvas of the stacked allocations: it shows one picture, and knows its window and the allocation at each pixel.
import { element } from "../view/element";
import type { Colors } from "./colors";
import { paint } from "./paint";
import type { Picture } from "./picture";
import type { Point } from "./pointer_layer";
import { Area, Scale, Window } from "./scale";

/** A pixel of the picture. */
export interface Pixel {
    readonly column: number;
    /** From the top. */
    readonly line: number;
    /** Row of the columns, or EMPTY or LEFT_OUT. */
    readonly value: number;
    /** The event whose state the column shows. */
    readonly event: number;
}

export class StackCanvas {
    /** Clips the canvas, which may be larger while it shows an earlier window. */
    readonly element: HTMLElement;
    private readonly canvas = element("canvas", { class: "timeline-stack" });
    // Kept in the memory of the page, not of the GPU, because it is written as a whole and read by tests.
    private readonly context = this.canvas.getContext("2d", { willReadFrequently: true })!;
    private drawn: { readonly picture: Picture; readonly scale: Scale } | null = null;

    constructor() {
        this.element = element("div", { class: "timeline-plot" }, this.canvas);
    }

    get picture(): Picture | null {
        return this.drawn?.picture ?? null;
    }

    /** The picture; null if it shows another window. */
    pictureOf(scale: Scale): Picture | null {
        const of = this.drawn?.scale;
        const current = of && sameWindow(of.window, scale.window) && of.inTime === scale.inTime && sameArea(of.area, scale.area);
        return current ? this.picture : null;
    }

    clear(): void {
        this.drawn = null;
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }

    show(picture: Picture, scale: Scale, colors: Colors): void {
        this.drawn = { picture, scale };
        if (this.canvas.width !== picture.width) this.canvas.width = picture.width;
        if (this.canvas.height !== picture.height) this.canvas.height = picture.height;
        paint(this.context, picture, colors);
    }

    recolor(colors: Colors): void {
        if (this.drawn) paint(this.context, this.drawn.picture, colors);
    }

    /** Moves and stretches the picture to the place that its window has in the current window. */
    place(scale: Scale): void {
        const { left, top, width, height } = scale.area;
        for (const [name, value] of Object.entries({ left, top, width, height })) {
            this.element.style.setProperty(name, `${value}px`);
        }
        if (!this.drawn) return;
        if (this.pictureOf(scale)) {
            this.canvas.style.transform = "none";
            return;
        }
        const { window: of } = this.drawn.scale;
        const [x0, x1] = [scale.xOf(of.from) - left, scale.xOf(of.to) - left];
        const [y0, y1] = [scale.yOf(of.top) - top, scale.yOf(of.bottom) - top];
        this.canvas.style.transform = `translate(${x0}px, ${y0}px) scale(${(x1 - x0) / width}, ${(y1 - y0) / height})`;
    }

    /** null: outside the picture, or this window has no picture yet. */
    pixelAt(scale: Scale, { x, y }: Point): Pixel | null {
        const picture = this.pictureOf(scale);
        if (!picture || !scale.contains(x, y)) return null;
        const { left, top, width, height } = scale.area;
        const column = Math.min(Math.floor(((x - left) / width) * picture.width), picture.width - 1);
        const line = Math.min(Math.floor(((y - top) / height) * picture.height), picture.height - 1);
        return { column, line, value: picture.rows[line * picture.width + column], event: picture.events[column] };
    }

    /** The colour on the canvas, as #rrggbb; null: nothing is painted there. */
    paintedAt({ column, line }: Pixel): string | null {
        const [r, g, b, a] = this.context.getImageData(column, line, 1, 1).data;
        return a === 0 ? null : `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
    }
}

function sameWindow(a: Window, b: Window): boolean {
    return a.from === b.from && a.to === b.to && a.bottom === b.bottom && a.top === b.top;
}

function sameArea(a: Area, b: Area): boolean {
    return a.left === b.left && a.top === b.top && a.width === b.width && a.height === b.height;
}
