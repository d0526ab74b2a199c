// Strips above the picture that say what the program did: annotated spans, training steps, phases.
import type { SpanRow, StepRow } from "../data/model";
import type { DeviceView } from "../data/types";
import { cssOf, fixedColor } from "./palette";
import { PhaseRun, phaseRuns } from "./phases";
import type { Scale } from "./scale";
import type { Theme } from "./theme";

const HEIGHT = 14;
const GAP = 3;
const MOST_SPAN_LEVELS = 3;
const LEAST_TEXT_WIDTH = 24;

interface Bar {
    readonly from: number;
    readonly to: number;
    readonly text: string;
    /** CSS colour; null: a transparent form of the muted text's colour. */
    readonly color: string | null;
}

interface Strip {
    readonly name: string;
    readonly bars: readonly Bar[];
}

export class Strips {
    private readonly strips: readonly Strip[];

    constructor(device: DeviceView) {
        const spans = spanStrips(device.model.spans ?? [], device.end);
        const steps = (device.model.steps ?? []).map(stepBar);
        const phases = phaseRuns(device).map(phaseBar);
        this.strips = [...spans, { name: "steps", bars: steps }, { name: "phases", bars: phases }]
            .filter(({ bars }) => bars.length > 0);
    }

    /** CSS pixels above the picture. */
    get height(): number {
        return this.strips.length === 0 ? 0 : this.strips.length * (HEIGHT + GAP) + GAP;
    }

    draw(context: CanvasRenderingContext2D, scale: Scale, theme: Theme): void {
        let top = GAP;
        for (const strip of this.strips) {
            context.fillStyle = theme.muted;
            context.font = `11px ${theme.sans}`;
            context.textAlign = "right";
            context.textBaseline = "middle";
            context.fillText(strip.name, scale.area.left - 8, top + HEIGHT / 2 + 0.5);
            drawBars(context, strip.bars, scale, theme, top);
            top += HEIGHT + GAP;
        }
    }

    /** The text about a point of the strips, for a tooltip. */
    textAt(scale: Scale, x: number, y: number): string | null {
        const strip = this.strips[Math.floor((y - GAP) / (HEIGHT + GAP))];
        const event = scale.eventAt(x);
        const bars = strip?.bars.filter((bar) => bar.from <= event && event < bar.to) ?? [];
        return bars.length === 0 ? null : `${strip.name}: ${bars.map((bar) => bar.text).join(", ")}`;
    }
}

function drawBars(context: CanvasRenderingContext2D, bars: readonly Bar[], scale: Scale, theme: Theme, top: number): void {
    const { left, width } = scale.area;
    let covered = -1; // whole pixels up to here are drawn, so that a thousand bars in a pixel cost one
    context.textAlign = "left";
    for (const bar of bars) {
        if (bar.to <= scale.window.from || bar.from >= scale.window.to) continue;
        const begin = Math.max(scale.xOf(bar.from), left);
        const end = Math.min(scale.xOf(bar.to), left + width);
        if (end < covered + 1) continue;
        covered = Math.floor(end);
        const wide = Math.max(end - begin - 1, 0.75);
        context.globalAlpha = bar.color ? 0.85 : 0.16;
        context.fillStyle = bar.color ?? theme.muted;
        context.fillRect(begin, top, wide, HEIGHT);
        context.globalAlpha = 1;
        if (wide >= LEAST_TEXT_WIDTH) drawText(context, bar, theme, begin, top, wide);
    }
}

function drawText(context: CanvasRenderingContext2D, bar: Bar, theme: Theme, left: number, top: number, width: number): void {
    context.fillStyle = bar.color ? "#14181c" : theme.ink;
    const text = fitted(context, bar.text, width - 8);
    if (text !== "") context.fillText(text, left + 4, top + HEIGHT / 2 + 0.5);
}

/** The text, cut so that it fits; empty when not even three letters do. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
    if (context.measureText(text).width <= width) return text;
    let length = Math.min(text.length, Math.floor(width / 4));
    while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
    return length >= 3 ? `${text.slice(0, length)}…` : "";
}

function stepBar([step, start, end]: StepRow): Bar {
    return { from: start, to: end + 1, text: `step ${step}`, color: null };
}

function phaseBar({ key, from, to }: PhaseRun): Bar {
    const color = fixedColor("phase", key);
    return { from, to, text: key.replace(/_/g, " "), color: color === undefined ? null : cssOf(color) };
}

function spanStrips(spans: readonly SpanRow[], end: number): Strip[] {
    const levels: Bar[][] = [];
    for (const [text, depth, start, last] of spans) {
        if (depth >= MOST_SPAN_LEVELS) continue;
        (levels[depth] ??= []).push({ from: start ?? 0, to: last === null ? end : last + 1, text, color: null });
    }
    return levels.map((bars, depth) => ({
        name: depth === 0 ? "spans" : "",
        bars: bars.sort((a, b) => a.from - b.from),
    })).filter(({ bars }) => bars.length > 0);
}
