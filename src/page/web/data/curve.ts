// The curve of one device: table `timeline` of the archive. It may be thinned; the minima and maxima are kept.
import type { Blocks } from "./blocks";
import type { CurveModel } from "./model";
import type { Curve } from "./types";

export async function loadCurve(blocks: Blocks, model: CurveModel | null): Promise<Curve | null> {
    if (!model || model.event.count === 0) return null;
    const [event, requested, reserved, time] = await Promise.all([
        blocks.integers(model.event),
        blocks.doubles(model.requested),
        model.reserved ? blocks.doubles(model.reserved) : null,
        model.time_us ? blocks.doubles(model.time_us) : null,
    ]);
    return { event, requested, reserved, time };
}

/** Index of the last value that is at most `wanted` in ascending `values`; -1: none. */
export function lastAtMost(values: ArrayLike<number>, wanted: number): number {
    let low = 0;
    let high = values.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (values[middle] <= wanted) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}

/** The y of the polyline through (xs, ys) at x; outside of xs the nearest y. */
export function interpolated(xs: ArrayLike<number>, ys: ArrayLike<number>, x: number): number {
    const left = lastAtMost(xs, x);
    if (left < 0) return ys[0];
    if (left + 1 >= xs.length || xs[left] === x) return ys[left];
    const share = (x - xs[left]) / (xs[left + 1] - xs[left]);
    return ys[left] + share * (ys[left + 1] - ys[left]);
}

/** The highest value of a curve. */
export function highest(values: ArrayLike<number> | null): number {
    let most = 0;
    for (let i = 0; values && i < values.length; ++i) most = Math.max(most, values[i]);
    return most;
}
