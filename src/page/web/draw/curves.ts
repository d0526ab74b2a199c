// Small curves of bytes over events, several on one scale.

import type { Curve } from "../data/types";
import type { Theme } from "./theme";
import { byteTicks } from "./ticks";

export interface CurveLine {
    curve: Curve;
    color: string;
    dashed: boolean;
    /** The event that is drawn at x = 0 of the common axis. */
    origin: number;
}

export interface CurveFrame {
    /** Events on the common axis, relative to the origins. */
    from: number;
    to: number;
    mostBytes: number;
}

export function frameOf(lines: readonly CurveLine[]): CurveFrame {
    let from = Infinity;
    let to = -Infinity;
    let mostBytes = 1;
    for (const { curve, origin } of lines) {
        if (curve.event.length === 0) continue;
        from = Math.min(from, curve.event[0] - origin);
        to = Math.max(to, curve.event[curve.event.length - 1] - origin);
        for (const bytes of curve.requested) mostBytes = Math.max(mostBytes, bytes);
    }
    return from <= to ? { from, to: Math.max(to, from + 1), mostBytes } : { from: 0, to: 1, mostBytes };
}

export interface CurveBox {
    left: number;
    top: number;
    width: number;
    height: number;
}

export function xOf(frame: CurveFrame, box: CurveBox, event: number): number {
    return box.left + ((event - frame.from) / (frame.to - frame.from)) * box.width;
}

/** Lines at round values of bytes, with labels at the left. */
export function paintAxis(context: CanvasRenderingContext2D, frame: CurveFrame, box: CurveBox, theme: Theme): void {
    context.font = `11px ${theme.sans}`;
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const { value, text } of byteTicks(0, frame.mostBytes, 5)) {
        const y = Math.round(box.top + box.height * (1 - value / frame.mostBytes)) + 0.5;
        context.strokeStyle = theme.line;
        context.beginPath();
        context.moveTo(box.left, y);
        context.lineTo(box.left + box.width, y);
        context.stroke();
        context.fillStyle = theme.muted;
        context.fillText(text, box.left - 8, y);
    }
    context.textAlign = "left";
}

// Draws the largest bytes of each pixel column, so that no peak is lost however many events there are.
export function paintCurve(context: CanvasRenderingContext2D, line: CurveLine, frame: CurveFrame, box: CurveBox, filled: boolean): void {
    const { curve, origin } = line;
    const y = (bytes: number): number => box.top + box.height * (1 - bytes / frame.mostBytes);
    const points = columnMaxima(curve, origin, frame, Math.max(1, Math.round(box.width)));
    if (points.length === 0) return;
    context.beginPath();
    points.forEach(([column, bytes], index) => {
        const x = box.left + (column * box.width) / Math.max(1, Math.round(box.width));
        if (index === 0) context.moveTo(x, y(bytes));
        else context.lineTo(x, y(bytes));
    });
    context.strokeStyle = line.color;
    context.lineWidth = 1.5;
    context.lineJoin = "round";
    context.setLineDash(line.dashed ? [5, 3] : []);
    context.stroke();
    context.setLineDash([]);
    if (!filled) return;
    context.lineTo(box.left + (points[points.length - 1][0] * box.width) / Math.max(1, Math.round(box.width)), box.top + box.height);
    context.lineTo(box.left + (points[0][0] * box.width) / Math.max(1, Math.round(box.width)), box.top + box.height);
    context.globalAlpha = 0.14;
    context.fillStyle = line.color;
    context.fill();
    context.globalAlpha = 1;
}

/** [pixel column, bytes]: one point for each column that has events. */
export function columnMaxima(curve: Curve, origin: number, frame: CurveFrame, columns: number): [number, number][] {
    const points: [number, number][] = [];
    const perEvent = columns / (frame.to - frame.from);
    for (let i = 0; i < curve.event.length; ++i) {
        const column = Math.round((curve.event[i] - origin - frame.from) * perEvent);
        const last = points[points.length - 1];
        if (last && last[0] === column) last[1] = Math.max(last[1], curve.requested[i]);
        else points.push([column, curve.requested[i]]);
    }
    return points;
}
