// The picture of the timeline as numbers: the allocation at each pixel. Colours are added later, so that new
// colours, a search or a move of the pointer need no new sweep.
import type { Changes } from "./changes";
import type { Sweep } from "./sweep";

export const EMPTY = -1;
export const LEFT_OUT = -2;

export interface PictureRequest {
    /** Column x covers the events in [edges[x], edges[x + 1]); real numbers, in ascending order. */
    readonly edges: Float64Array;
    /** In device pixels. */
    readonly height: number;
    /** Bytes at the lower and the upper edge. */
    readonly bottom: number;
    readonly top: number;
}

export interface Picture {
    readonly width: number;
    readonly height: number;
    /** Row of the columns for each pixel, or EMPTY or LEFT_OUT; the uppermost line first. */
    readonly rows: Int32Array;
    /** The event whose state each column shows. */
    readonly events: Int32Array;
    /** Bytes of each column. */
    readonly totals: Float64Array;
}

/**
 * A column shows the state after one event: of the events that it covers, the first one with the most bytes; if it
 * covers none, the last event before it. A pixel has the allocation that covers the byte offset of its centre.
 */
export function drawPicture(sweep: Sweep, { edges, height, bottom, top }: PictureRequest): Picture {
    const width = edges.length - 1;
    const { events, totals } = highestEvents(sweep.changes, edges);
    const rows = new Int32Array(width * height).fill(EMPTY);
    const unit = (top - bottom) / height;
    const offsetOf = (line: number): number => bottom + (line + 0.5) * unit;

    if (width > 0) sweep.begin(events[0]);
    for (let x = 0; x < width; ++x) {
        if (x > 0 && events[x] === events[x - 1]) {
            copyColumn(rows, width, x);
            continue;
        }
        sweep.advance(events[x]);
        let line = 0; // from the bottom
        const fill = (row: number, end: number): void => {
            for (; line < height && offsetOf(line) < end; ++line) rows[(height - 1 - line) * width + x] = row;
        };
        fill(LEFT_OUT, sweep.leftOut);
        if (line >= height) continue;
        sweep.tree.walk(sweep.leftOut, offsetOf(line), (row, _begin, end) => {
            fill(row, end);
            return line < height ? offsetOf(line) : Infinity;
        });
    }
    return { width, height, rows, events, totals };
}

function copyColumn(rows: Int32Array, width: number, x: number): void {
    for (let at = x; at < rows.length; at += width) rows[at] = rows[at - 1];
}

function highestEvents(changes: Changes, edges: Float64Array): { events: Int32Array; totals: Float64Array } {
    const width = edges.length - 1;
    const events = new Int32Array(width);
    const totals = new Float64Array(width);
    const { events: eventOf, totals: totalAfter, count } = changes;
    let next = changes.after(Math.ceil(edges[0]) - 1);
    let total = next > 0 ? totalAfter[next - 1] : 0;
    for (let x = 0; x < width; ++x) {
        const first = Math.ceil(edges[x]);
        const last = Math.ceil(edges[x + 1]) - 1;
        // If the column has no event, the sweep is already at the last event before it.
        events[x] = first <= last ? first : first - 1;
        while (first <= last && next < count && eventOf[next] <= first) total = totalAfter[next++];
        totals[x] = total;
        while (next < count && eventOf[next] <= last) {
            const event = eventOf[next];
            while (next < count && eventOf[next] === event) total = totalAfter[next++];
            if (total <= totals[x]) continue;
            totals[x] = total;
            events[x] = event;
        }
    }
    return { events, totals };
}
