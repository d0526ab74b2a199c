// Draws over the stacked allocations: axes, the lines of the total and of reserved bytes, out-of-memory events and
// the peak.
import { lastAtMost } from "../data/curve";
import type { DeviceView } from "../data/types";
import { formatBytes, formatCount, formatDuration } from "../format";
import type { Picture } from "./picture";
import type { Scale } from "./scale";
import type { Strips } from "./strips";
import { Tick, byteTicks, roundValues } from "./ticks";
import type { Theme } from "./theme";

export interface Shown {
    readonly device: DeviceView;
    readonly scale: Scale;
    readonly strips: Strips;
    readonly theme: Theme;
    /** null: none was drawn yet. The picture may still show an earlier window. */
    readonly picture: Picture | null;
    readonly filtered: boolean;
    /** Whether the line of reserved bytes is shown. */
    readonly reserved: boolean;
}

const LABEL_WIDTH = 90;

export function drawMarks(context: CanvasRenderingContext2D, shown: Shown): void {
    const { scale, theme, strips } = shown;
    context.lineJoin = "round";
    drawByteAxis(context, scale, theme);
    drawEventAxis(context, shown);
    strips.draw(context, scale, theme);
    context.save();
    context.beginPath();
    context.rect(scale.area.left, scale.area.top, scale.area.width, scale.area.height);
    context.clip();
    drawSteps(context, shown);
    drawCurves(context, shown);
    drawOoms(context, shown);
    drawPeak(context, shown);
    context.restore();
}

function drawByteAxis(context: CanvasRenderingContext2D, scale: Scale, theme: Theme): void {
    const { left, top, width, height } = scale.area;
    context.font = `11px ${theme.sans}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const { value, text } of byteTicks(scale.window.bottom, scale.window.top, Math.max(3, height / 56))) {
        const y = Math.round(scale.yOf(value)) + 0.5;
        if (y < top || y > top + height + 1) continue;
        context.strokeStyle = theme.ink;
        context.globalAlpha = value === 0 ? 0.35 : 0.09;
        line(context, left, y, left + width, y);
        context.globalAlpha = 1;
        context.fillStyle = theme.muted;
        context.fillText(text, left - 8, y);
    }
}

function drawEventAxis(context: CanvasRenderingContext2D, { device, scale, theme }: Shown): void {
    const { left, top, width, height } = scale.area;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillStyle = theme.muted;
    context.strokeStyle = theme.muted;
    let free = left - 1;
    for (const { value, text } of axisTicks(device, scale, width / LABEL_WIDTH)) {
        const x = scale.xOfPlace(value);
        if (x < left || x > left + width) continue;
        line(context, Math.round(x) + 0.5, top + height, Math.round(x) + 0.5, top + height + 4);
        const half = context.measureText(text).width / 2;
        const middle = Math.min(Math.max(x, left + half), left + width - half);
        if (middle - half < free) continue;
        context.fillText(text, middle, top + height + 7);
        free = middle + half + 8;
    }
}

function axisTicks(device: DeviceView, scale: Scale, most: number): Tick[] {
    const { first, last } = scale.places;
    if (!scale.inTime) {
        return roundValues(first, last, most, 1).map((value) => ({ value, text: formatCount(value) }));
    }
    const begin = device.timeAt(device.first) ?? 0;
    const exact = last - first < 2000;
    return roundValues(first - begin, last - begin, most, 1).map((value) => ({
        value: begin + value,
        text: value === 0 ? "0" : `+${exact ? `${formatCount(value)} µs` : shortDuration(value)}`,
    }));
}

// Without zeros at the end of the fraction: "+200 ms", "+1.5 s".
function shortDuration(us: number): string {
    return formatDuration(us).replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ");
}

function drawSteps(context: CanvasRenderingContext2D, { device, scale, theme }: Shown): void {
    const { top, height } = scale.area;
    context.strokeStyle = theme.ink;
    context.globalAlpha = 0.14;
    let last = -Infinity;
    for (const [, start] of device.model.steps ?? []) {
        if (start < scale.window.from || start >= scale.window.to) continue;
        const x = Math.round(scale.xOf(start)) + 0.5;
        if (x - last < 6) continue; // closer lines would be a grey area
        line(context, x, top, x, top + height);
        last = x;
    }
    context.globalAlpha = 1;
}

function drawCurves(context: CanvasRenderingContext2D, shown: Shown): void {
    const { device, scale, theme, picture, filtered } = shown;
    const curve = device.curve;
    if (curve?.reserved && shown.reserved) {
        context.strokeStyle = theme.accent;
        context.lineWidth = 1.5;
        context.setLineDash([5, 3]);
        drawStepped(context, scale, curve.event, curve.reserved);
        context.setLineDash([]);
    }
    context.strokeStyle = theme.ink;
    context.lineWidth = 1;
    if (curve && (filtered || !picture)) {
        context.globalAlpha = 0.45;
        drawStepped(context, scale, curve.event, curve.requested);
        context.globalAlpha = 1;
    }
}

// Of the points within one pixel, only the first, lowest, highest and last matter.
function drawStepped(context: CanvasRenderingContext2D, scale: Scale, events: Int32Array, values: Float64Array): void {
    const { from, to } = scale.window;
    const right = scale.area.left + scale.area.width;
    let at = Math.max(lastAtMost(events, from), 0);
    let y = scale.yOf(values[at]);
    context.beginPath();
    context.moveTo(scale.area.left, y);
    while (++at < events.length && events[at] < to) {
        const x = scale.xOf(events[at]);
        context.lineTo(x, y);
        let low = values[at];
        let high = values[at];
        while (at + 1 < events.length && events[at + 1] < to && scale.xOf(events[at + 1]) < x + 0.5) {
            at += 1;
            low = Math.min(low, values[at]);
            high = Math.max(high, values[at]);
        }
        y = scale.yOf(values[at]);
        context.lineTo(x, scale.yOf(high));
        if (low < high) context.lineTo(x, scale.yOf(low));
        context.lineTo(x, y);
    }
    context.lineTo(right, y);
    context.stroke();
}

// The lines end at the top of the stack, so that they cover nothing of it.
function drawOoms(context: CanvasRenderingContext2D, { device, scale, theme }: Shown): void {
    const { top } = scale.area;
    for (const { name, event, live_bytes } of device.moments) {
        if (!name.startsWith("oom:") || event < scale.window.from || event >= scale.window.to) continue;
        const x = Math.round(scale.middleOf(event)) + 0.5;
        context.strokeStyle = context.fillStyle = theme.bad;
        context.lineWidth = 1.5;
        line(context, x, top, x, Math.max(scale.yOf(live_bytes), top));
        label(context, "OOM", x, top + 2, scale, theme.bad, theme);
    }
}

function drawPeak(context: CanvasRenderingContext2D, { device, scale, theme, filtered }: Shown): void {
    const peak = device.moments.find(({ name }) => name === "peak");
    if (!peak || filtered || peak.event < scale.window.from || peak.event >= scale.window.to) return;
    const x = scale.middleOf(peak.event);
    const y = scale.yOf(peak.live_bytes);
    context.fillStyle = theme.ink;
    context.beginPath();
    context.moveTo(x, y - 1);
    context.lineTo(x - 4, y - 8);
    context.lineTo(x + 4, y - 8);
    context.fill();
    label(context, `peak ${formatBytes(peak.live_bytes)}`, x + 6, y - 21, scale, theme.ink, theme);
}

/** Draws a text with its own background, moved so that it is inside the picture. */
export function label(
    context: CanvasRenderingContext2D, text: string, x: number, y: number, scale: Scale, color: string, theme: Theme,
): void {
    context.font = `600 11px ${theme.sans}`;
    const width = context.measureText(text).width + 8;
    const { left, top, width: wide } = scale.area;
    const place = Math.min(Math.max(x + 2, left + 2), left + wide - width - 2);
    const line = Math.max(y, top + 2);
    context.globalAlpha = 0.86;
    context.fillStyle = theme.surface;
    context.fillRect(place, line, width, 16);
    context.globalAlpha = 1;
    context.fillStyle = color;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(text, place + 4, line + 8.5);
    context.font = `11px ${theme.sans}`;
}

export function line(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
}
