// Converts events and bytes to positions in the picture, in CSS pixels of the canvas, and back.
import type { DeviceView } from "../data/types";
import type { Axis } from "../state";

export interface Area {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
}

export interface Window {
    /** Events [from, to), real numbers. */
    readonly from: number;
    readonly to: number;
    /** Bytes at the lower and the upper edge. */
    readonly bottom: number;
    readonly top: number;
}

export class Scale {
    // Microseconds on a time axis, otherwise events.
    private readonly first: number;
    private readonly last: number;
    readonly inTime: boolean;

    constructor(
        private readonly device: DeviceView,
        axis: Axis,
        readonly window: Window,
        readonly area: Area,
    ) {
        const begin = axis === "time" ? device.timeAt(window.from) : null;
        const end = axis === "time" ? device.timeAt(window.to) : null;
        this.inTime = begin !== null && end !== null && begin < end;
        this.first = this.inTime ? begin! : window.from;
        this.last = this.inTime ? end! : window.to;
    }

    /** The value of an event on the axis: the event itself, or its time. */
    placeOf(event: number): number {
        return this.inTime ? this.device.timeAt(event)! : event;
    }

    private eventOf(place: number): number {
        return this.inTime ? this.device.eventAtTime(place) : place;
    }

    get places(): { first: number; last: number } {
        return { first: this.first, last: this.last };
    }

    xOfPlace(place: number): number {
        return this.area.left + (this.area.width * (place - this.first)) / (this.last - this.first);
    }

    /** The left edge of an event. */
    xOf(event: number): number {
        return this.xOfPlace(this.placeOf(event));
    }

    /** The middle of an event, at which its line is drawn. */
    middleOf(event: number): number {
        return (this.xOf(event) + this.xOf(event + 1)) / 2;
    }

    eventAt(x: number): number {
        return this.eventOf(this.placeAt(x));
    }

    placeAt(x: number): number {
        return this.first + ((this.last - this.first) * (x - this.area.left)) / this.area.width;
    }

    /** Events at the edges of pixel columns. */
    edges(columns: number): Float64Array {
        const edges = new Float64Array(columns + 1);
        for (let x = 0; x <= columns; ++x) {
            edges[x] = this.eventOf(this.first + ((this.last - this.first) * x) / columns);
            if (x > 0 && edges[x] < edges[x - 1]) edges[x] = edges[x - 1];
        }
        edges[0] = this.window.from;
        edges[columns] = this.window.to;
        return edges;
    }

    yOf(bytes: number): number {
        const { bottom, top } = this.window;
        return this.area.top + this.area.height * (1 - (bytes - bottom) / (top - bottom));
    }

    bytesAt(y: number): number {
        const { bottom, top } = this.window;
        return bottom + (top - bottom) * (1 - (y - this.area.top) / this.area.height);
    }

    /** The window after zooming by `factor` (below 1: in) around x, and moving by `shift` pixels. */
    moved(x: number, factor: number, shift = 0): { from: number; to: number } {
        const place = this.placeAt(x);
        const step = ((this.last - this.first) * shift) / this.area.width;
        return {
            from: this.eventOf(place - (place - this.first) * factor + step),
            to: this.eventOf(place + (this.last - place) * factor + step),
        };
    }

    contains(x: number, y: number): boolean {
        const { left, top, width, height } = this.area;
        return x >= left && x < left + width && y >= top && y < top + height;
    }
}
