// Draws what changes with the pointer and the keyboard: the cursor, the second moment, the allocation under the
// pointer, the selected one, the box of a zoom and the ruler.
import type { DeviceView } from "../data/types";
import { formatChange, formatCount, formatDuration } from "../format";
import type { State } from "../state";
import { label, line } from "./marks";
import { forEachRun } from "./paint";
import type { Picture } from "./picture";
import { momentText } from "./moment_text";
import type { Scale } from "./scale";
import type { Theme } from "./theme";

export interface Point {
    readonly x: number;
    readonly y: number;
}

/** The ruler between two points, which stay at their events and bytes when the window moves. */
export interface Ruler {
    readonly from: { readonly event: number; readonly bytes: number };
    readonly to: { readonly event: number; readonly bytes: number };
}

export interface PointerScene {
    readonly device: DeviceView;
    readonly state: State;
    readonly scale: Scale;
    readonly theme: Theme;
    /** null while the picture on the screen shows another window. */
    readonly picture: Picture | null;
    readonly box: { readonly from: Point; readonly to: Point } | null;
    readonly ruler: Ruler | null;
}

export function drawPointer(context: CanvasRenderingContext2D, scene: PointerScene): void {
    const { state, scale, theme, picture } = scene;
    const { left, top, width, height } = scale.area;
    if (picture && state.hover !== null && state.hover !== state.row) drawRow(context, scene, state.hover, "#ffffff", 0.35);
    if (picture && state.row !== null) drawSelected(context, scene, state.row);
    context.save();
    context.beginPath();
    context.rect(left - 1, 0, width + 2, top + height + 30);
    context.clip();
    if (state.pin !== null) drawMoment(context, scene, state.pin, theme.muted, [4, 4], "second moment");
    drawMoment(context, scene, state.at, theme.accent, [], momentText(scene.device, state.at));
    context.restore();
    if (scene.box) drawBox(context, scene.box, theme);
    if (scene.ruler) drawRuler(context, scene, scene.ruler);
}

// Above the stack the line has its full width, with a mark below the axis. Over the stack it is thin, because an
// interesting moment is often only one column wide, which the line must not cover.
function drawMoment(
    context: CanvasRenderingContext2D, { device, scale, theme }: PointerScene, event: number, color: string, dash: number[], text: string,
): void {
    if (event + 1 <= scale.window.from || event >= scale.window.to) return;
    const x = Math.floor(scale.middleOf(event)) + 0.5;
    const { top, height } = scale.area;
    const stack = Math.min(Math.max(scale.yOf(device.totalAt(event).bytes), top), top + height);
    context.strokeStyle = context.fillStyle = color;
    context.setLineDash(dash);
    context.lineWidth = 1.5;
    line(context, x, top - 2, x, stack - 2);
    context.lineWidth = 1;
    context.globalAlpha = 0.5;
    line(context, x, stack, x, top + height);
    context.globalAlpha = 1;
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x, top + height + 1);
    context.lineTo(x - 4.5, top + height + 7);
    context.lineTo(x + 4.5, top + height + 7);
    context.fill();
    label(context, text, x + 4, top + height - 19, scale, color, theme);
}

function drawRow(context: CanvasRenderingContext2D, { picture, scale }: PointerScene, row: number, color: string, alpha: number): void {
    context.globalAlpha = alpha;
    context.fillStyle = color;
    const unit = { x: scale.area.width / picture!.width, y: scale.area.height / picture!.height };
    forEachRun(picture!, row, (x, first, end) => {
        context.fillRect(scale.area.left + x * unit.x, scale.area.top + first * unit.y, unit.x, (end - first) * unit.y);
    });
    context.globalAlpha = 1;
}

// Draws the row darker, with lines above and below it, so that it is visible on any colour.
function drawSelected(context: CanvasRenderingContext2D, scene: PointerScene, row: number): void {
    drawRow(context, scene, row, scene.theme.ink, 0.2);
    const { scale: { area }, theme } = scene;
    const picture = scene.picture!;
    const unit = { x: area.width / picture.width, y: area.height / picture.height };
    context.fillStyle = theme.ink;
    forEachRun(picture, row, (x, first, end) => {
        for (const edge of [first, end]) {
            context.fillRect(area.left + x * unit.x, area.top + edge * unit.y - 0.75, unit.x, 1.5);
        }
    });
}

function drawBox(context: CanvasRenderingContext2D, { from, to }: { from: Point; to: Point }, theme: Theme): void {
    context.fillStyle = context.strokeStyle = theme.accent;
    context.lineWidth = 1;
    context.globalAlpha = 0.14;
    context.fillRect(from.x, from.y, to.x - from.x, to.y - from.y);
    context.globalAlpha = 1;
    context.strokeRect(from.x, from.y, to.x - from.x, to.y - from.y);
}

function drawRuler(context: CanvasRenderingContext2D, { device, scale, theme }: PointerScene, { from, to }: Ruler): void {
    const [x0, y0, x1, y1] = [scale.xOf(from.event), scale.yOf(from.bytes), scale.xOf(to.event), scale.yOf(to.bytes)];
    context.strokeStyle = context.fillStyle = theme.ink;
    context.lineWidth = 1.25;
    context.setLineDash([2, 3]);
    line(context, x0, y1, x1, y1);
    line(context, x0, y0, x0, y1);
    context.setLineDash([]);
    line(context, x0, y0, x1, y1);
    for (const [x, y] of [[x0, y0], [x1, y1]]) {
        context.beginPath();
        context.arc(x, y, 3, 0, 2 * Math.PI);
        context.fill();
    }
    label(context, rulerText(device, { from, to }), (x0 + x1) / 2, Math.min(y0, y1) - 20, scale, theme.ink, theme);
}

export function rulerText(device: DeviceView, { from, to }: Ruler): string {
    const bytes = Math.round(to.bytes - from.bytes);
    const events = Math.round(to.event - from.event);
    const begin = device.timeAt(from.event);
    const end = device.timeAt(to.event);
    const time = begin === null || end === null ? "" : `, ${formatDuration(Math.round(Math.abs(end - begin)))}`;
    return `${formatChange(bytes)}, ${formatCount(Math.abs(events))} events${time}`;
}
