// The picture of a flame graph: callers above, callees below, and the width of each frame shows its bytes.

import { changeOf, type FlameNode, matches, pathTo } from "./flame_tree";
import type { View } from "./scroll_canvas";
import type { Theme } from "./theme";
import { counted, formatBytes, formatChange } from "../format";

export const rowHeight = 20;
// Narrower boxes cannot be seen or hit.
const leastWidth = 0.7;
const leastTextWidth = 30;

export interface FlameBox {
    node: FlameNode;
    row: number;
    x: number;
    width: number;
    /** The frames that the box represents, of which `node` is the first; null: only `node`. */
    folded: readonly FlameNode[] | null;
}

export interface FlameLayout {
    boxes: FlameBox[];
    rows: number;
}

export type Weight = (node: FlameNode) => number;

// Shorter runs are not folded, because a click would show too little.
const leastFolded = 3;
const callersShown = 2;

/**
 * The path to `focus` is drawn over the whole width, above what is inside it. Long runs of frames that call
 * one frame only, and long paths, are folded into one row, except for the frames in `unfolded`; null folds nothing.
 */
export function layoutFlame(focus: FlameNode, width: number, weight: Weight, unfolded: ReadonlySet<FlameNode> | null): FlameLayout {
    const boxes = pathBoxes(focus, width, unfolded);
    const total = weight(focus);
    const open = [boxes[boxes.length - 1]];
    let rows = boxes.length;
    for (let box = open.pop(); box; box = open.pop()) {
        let x = box.x;
        for (const child of box.node.children) {
            const childWidth = total > 0 ? (weight(child) / total) * width : 0;
            if (childWidth >= leastWidth) {
                const run = unfolded ? runFrom(child, weight, unfolded) : [child];
                let row = box.row;
                for (const [node, folded] of run.length > leastFolded + 1 ? foldedRun(run) : [[child, null] as const]) {
                    boxes.push({ node, row: ++row, x, width: childWidth, folded });
                }
                rows = Math.max(rows, row + 1);
                open.push(boxes[boxes.length - 1]);
            }
            x += childWidth;
        }
    }
    return { boxes, rows };
}

type Part = readonly [FlameNode, readonly FlameNode[] | null];

function pathBoxes(focus: FlameNode, width: number, unfolded: ReadonlySet<FlameNode> | null): FlameBox[] {
    const path = pathTo(focus);
    const callers = path.slice(1, -1 - callersShown);
    const fold = unfolded && callers.length >= leastFolded && !unfolded.has(callers[0]);
    const single = (node: FlameNode): Part => [node, null];
    const parts: Part[] = fold ? [single(path[0]), [callers[0], callers], ...path.slice(-1 - callersShown).map(single)] : path.map(single);
    return parts.map(([node, folded], row) => ({ node, row, x: 0, width, folded }));
}

/** The frame and the frames below it, as long as each has a single callee and allocates nothing itself. */
function runFrom(first: FlameNode, weight: Weight, unfolded: ReadonlySet<FlameNode>): FlameNode[] {
    const run = [first];
    if (unfolded.has(first)) return run;
    for (let node = first; ; ) {
        const callees = node.children.filter((child) => weight(child) > 0);
        if (callees.length !== 1 || weight(callees[0]) !== weight(node)) return run;
        run.push((node = callees[0]));
    }
}

/** Folds a run, except for its first and its last frame. */
function foldedRun(run: readonly FlameNode[]): Part[] {
    const inner = run.slice(1, -1);
    return [[run[0], null], [inner[0], inner], [run[run.length - 1], null]];
}

export function boxAt(layout: FlameLayout, x: number, y: number): FlameBox | null {
    const row = Math.floor(y / rowHeight);
    return layout.boxes.find((box) => box.row === row && box.x <= x && x < box.x + box.width) ?? null;
}

export interface FlameStyle {
    theme: Theme;
    /** Lower case; empty: nothing is searched. */
    needle: string;
    /** Colours by the difference to the base. */
    comparing: boolean;
    /** The largest difference of a frame; scales the colours. */
    largestChange: number;
    selected: FlameNode | null;
    focus: FlameNode;
}

export function paintFlame(context: CanvasRenderingContext2D, layout: FlameLayout, view: View, style: FlameStyle): void {
    const { theme } = style;
    context.clearRect(0, view.top, view.width, view.height);
    context.font = `12px ${theme.sans}`;
    context.textBaseline = "middle";
    const first = Math.floor(view.top / rowHeight) - 1;
    const last = (view.top + view.height) / rowHeight;
    for (const box of layout.boxes) {
        if (box.row >= first && box.row <= last) paintBox(context, box, style);
    }
}

function paintBox(context: CanvasRenderingContext2D, box: FlameBox, style: FlameStyle): void {
    const { node, folded } = box;
    const { theme } = style;
    const y = box.row * rowHeight;
    const found = style.needle === "" || (folded ?? [node]).some((one) => matches(one, style.needle));
    const width = Math.max(0.5, box.width - 1);
    context.globalAlpha = found ? 1 : 0.25;
    context.fillStyle = folded ? theme.raised : style.comparing ? changeColor(node, style) : frameColor(node, theme);
    context.fillRect(box.x, y, width, rowHeight - 1);
    if (box.width >= leastTextWidth) {
        context.fillStyle = folded ? theme.muted : theme.ink;
        context.globalAlpha = found ? (node.depth < style.focus.depth ? 0.7 : 1) : 0.55;
        const text = folded ? foldedText(folded) : boxText(node, style.comparing);
        context.fillText(fitted(context, text, box.width - 9), box.x + 4, y + rowHeight / 2);
    }
    context.globalAlpha = 1;
    if (style.needle !== "" && found) outline(context, box, theme.accent, 1);
    if (node === style.selected) outline(context, box, theme.ink, 2);
}

export function foldedText(folded: readonly FlameNode[]): string {
    return `⋯ ${counted(folded.length, "frame")}: ${folded[0].name} … ${folded[folded.length - 1].name}`;
}

function outline(context: CanvasRenderingContext2D, box: FlameBox, color: string, thickness: number): void {
    context.strokeStyle = color;
    context.lineWidth = thickness;
    const inset = thickness / 2;
    context.strokeRect(box.x + inset, box.row * rowHeight + inset, Math.max(1, box.width - 1 - thickness), rowHeight - 1 - thickness);
}

function boxText(node: FlameNode, comparing: boolean): string {
    const place = node.where === "" ? "" : `  ${node.where.split(/[/\\]/).pop()}`;
    const change = comparing ? `  ${formatChange(changeOf(node))}` : `  ${formatBytes(node.bytes)}`;
    return `${node.name}${change}${place}`;
}

/** The text, cut at its end so that it fits. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
    const cut = text.slice(0, 300);  // longer names do not fit any screen, and measuring them takes long
    if (context.measureText(cut).width <= width) return cut;
    let low = 0;
    let high = cut.length;
    while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (context.measureText(`${cut.slice(0, middle)}…`).width <= width) low = middle;
        else high = middle - 1;
    }
    return low === 0 ? "" : `${cut.slice(0, low)}…`;
}

// Hues of files. A file has the same colour everywhere, a light one under dark text or a dark one under light text.
const hues = [20, 45, 75, 110, 150, 180, 205, 235, 265, 295, 330];

function frameColor(node: FlameNode, theme: Theme): string {
    if (node.where === "") return theme.dark ? "hsl(210 8% 30%)" : "hsl(210 12% 86%)";
    if (!node.python) return theme.dark ? "hsl(212 14% 27%)" : "hsl(212 22% 90%)";
    const hue = hues[hash(node.file) % hues.length];
    return theme.dark ? `hsl(${hue} 30% 29%)` : `hsl(${hue} 62% 84%)`;
}

// Red: grown, blue: shrunk. The text of the box says the same.
function changeColor(node: FlameNode, style: FlameStyle): string {
    const change = changeOf(node);
    const share = style.largestChange > 0 ? Math.sqrt(Math.abs(change) / style.largestChange) : 0;
    const hue = change > 0 ? 6 : 212;
    const saturation = change === 0 ? 0 : 25 + 50 * share;
    const lightness = style.theme.dark ? 24 + 12 * share : 93 - 21 * share;
    return `hsl(${hue} ${saturation.toFixed(0)}% ${lightness.toFixed(0)}%)`;
}

function hash(text: string): number {
    let value = 0x811c9dc5;  // FNV-1a
    for (let i = 0; i < text.length; ++i) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
    return (value ^ (value >>> 15)) >>> 0;
}
