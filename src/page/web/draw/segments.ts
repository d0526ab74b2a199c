// The picture of the segments: a bar for each, its live blocks filled, its holes empty.

import { barHeight, labelWidth, type PlacedSegment, type SegmentLayout, type SegmentScale } from "./segment_layout";
import type { Segment } from "../data/types";
import type { View } from "./scroll_canvas";
import type { Theme } from "./theme";
import { formatBytes } from "../format";

export interface SegmentStyle {
    theme: Theme;
    scale: SegmentScale;
    colorOf: (row: number) => string;
    isShown: (row: number) => boolean;
    selected: number | null;
    hover: number | null;
    /** The segment that is drawn with a frame. */
    marked: Segment | null;
}

export function paintSegments(context: CanvasRenderingContext2D, layout: SegmentLayout, view: View, style: SegmentStyle): void {
    const { theme } = style;
    const seen = (y: number): boolean => y + 2 * barHeight >= view.top && y <= view.top + view.height;
    context.clearRect(0, view.top, view.width, view.height);
    context.textBaseline = "middle";
    context.fillStyle = theme.ink;
    context.font = `600 12px ${theme.sans}`;
    for (const heading of layout.headings) if (seen(heading.y)) context.fillText(heading.text, 0, heading.y + 14);
    context.font = `12px ${theme.sans}`;
    for (const place of layout.placed) if (seen(place.y)) paintSegment(context, place, style);
}

function paintSegment(context: CanvasRenderingContext2D, place: PlacedSegment, style: SegmentStyle): void {
    const { theme } = style;
    const { segment, x, y, width } = place;
    if (style.scale === "line") {
        context.fillStyle = theme.muted;
        context.textAlign = "right";
        context.fillText(formatBytes(segment.size), labelWidth - 10, y + barHeight / 2);
        context.textAlign = "left";
    }
    if (segment.blocks.length > 0) {
        context.fillStyle = theme.raised;
        context.fillRect(x, y, width, barHeight);
    }
    const scale = width / segment.size;
    for (const block of segment.blocks) {
        const left = x + block.offset * scale;
        const wide = Math.max(0.6, block.size * scale);
        // A gap separates neighbours if there is room for it.
        const gap = wide > 4 ? 1 : 0;
        context.globalAlpha = style.isShown(block.row) ? 1 : 0.18;
        context.fillStyle = style.colorOf(block.row);
        context.fillRect(left, y + 1, wide - gap, barHeight - 2);
        context.globalAlpha = 1;
        if (block.row === style.selected || block.row === style.hover) {
            context.strokeStyle = theme.ink;
            context.lineWidth = block.row === style.selected ? 2 : 1;
            context.strokeRect(left + 0.5, y + 1, Math.max(2, wide - 1), barHeight - 2);
        }
    }
    paintFrame(context, place, style);
}

// A segment without allocations has a dashed frame and no background.
function paintFrame(context: CanvasRenderingContext2D, place: PlacedSegment, style: SegmentStyle): void {
    const { segment, x, y, width } = place;
    const marked = segment === style.marked;
    context.strokeStyle = marked ? style.theme.accent : style.theme.muted;
    context.lineWidth = marked ? 3 : 1;
    context.globalAlpha = marked ? 1 : 0.6;
    if (segment.blocks.length === 0) context.setLineDash([4, 3]);
    context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 1), barHeight - 1);
    context.setLineDash([]);
    context.globalAlpha = 1;
}
