// The picture of a flame graph: callers above, callees below, each as wide as the bytes that it holds.

import { type FlameNode, matches, pathTo } from "./flame_tree";
import type { View } from "./scroll_canvas";
import type { Theme } from "./theme";
import { formatBytes, formatChange } from "../format";

export const rowHeight = 20;
// Narrower boxes cannot be seen or hit.
const leastWidth = 0.7;
const leastTextWidth = 30;

export interface FlameBox {
    node: FlameNode;
    row: number;
    x: number;
    width: number;
}

export interface FlameLayout {
    boxes: FlameBox[];
    rows: number;
}

export type Weight = (node: FlameNode) => number;

/** The path to `focus` is drawn over the whole width, above what is inside it. */
export function layoutFlame(focus: FlameNode, width: number, weight: Weight): FlameLayout {
    const path = pathTo(focus);
    const boxes: FlameBox[] = path.map((node, row) => ({ node, row, x: 0, width }));
    const total = weight(focus);
    let rows = path.length;
    const open = [boxes[boxes.length - 1]];
    for (let box = open.pop(); box; box = open.pop()) {
        let x = box.x;
        for (const child of box.node.children) {
            const childWidth = total > 0 ? (weight(child) / total) * width : 0;
            if (childWidth >= leastWidth) {
                const inner = { node: child, row: box.row + 1, x, width: childWidth };
                boxes.push(inner);
                open.push(inner);
                rows = Math.max(rows, inner.row + 1);
            }
            x += childWidth;
        }
    }
    return { boxes, rows };
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
    const { node } = box;
    const { theme } = style;
    const y = box.row * rowHeight;
    const found = style.needle === "" || matches(node, style.needle);
    const width = Math.max(0.5, box.width - 1);
    context.globalAlpha = found ? 1 : 0.25;
    context.fillStyle = style.comparing ? changeColor(node, style) : frameColor(node, theme);
    context.fillRect(box.x, y, width, rowHeight - 1);
    if (box.width >= leastTextWidth) {
        context.fillStyle = theme.ink;
        context.globalAlpha = found ? (node.depth < style.focus.depth ? 0.7 : 1) : 0.55;
        context.fillText(fitted(context, boxText(node, style.comparing), box.width - 9), box.x + 4, y + rowHeight / 2);
    }
    context.globalAlpha = 1;
    if (style.needle !== "" && found) outline(context, box, theme.accent, 1);
    if (node === style.selected) outline(context, box, theme.ink, 2);
}

function outline(context: CanvasRenderingContext2D, box: FlameBox, color: string, thickness: number): void {
    context.strokeStyle = color;
    context.lineWidth = thickness;
    const inset = thickness / 2;
    context.strokeRect(box.x + inset, box.row * rowHeight + inset, Math.max(1, box.width - 1 - thickness), rowHeight - 1 - thickness);
}

function boxText(node: FlameNode, comparing: boolean): string {
    const place = node.where === "" ? "" : `  ${node.where.split(/[/\\]/).pop()}`;
    const change = comparing ? `  ${formatChange(node.bytes - node.baseBytes)}` : `  ${formatBytes(node.bytes)}`;
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

// Hues of files; the same file has the same colour everywhere. Light enough for dark text, or the reverse.
const hues = [20, 45, 75, 110, 150, 180, 205, 235, 265, 295, 330];

function frameColor(node: FlameNode, theme: Theme): string {
    if (node.where === "") return theme.dark ? "hsl(210 8% 30%)" : "hsl(210 12% 86%)";
    if (!node.python) return theme.dark ? "hsl(212 14% 27%)" : "hsl(212 22% 90%)";
    const hue = hues[hash(node.file) % hues.length];
    return theme.dark ? `hsl(${hue} 30% 29%)` : `hsl(${hue} 62% 84%)`;
}

// Red has grown, blue has shrunk; the text of the box tells the same.
function changeColor(node: FlameNode, style: FlameStyle): string {
    const change = node.bytes - node.baseBytes;
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
