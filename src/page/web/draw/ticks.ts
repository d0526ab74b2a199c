// Round values for the labels of axes.

const KIBI = 1024;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

export interface Tick {
    readonly value: number;
    readonly text: string;
}

/** Round values of bytes in [bottom, top], about `most` at most, all in the same unit, which suits the range. */
export function byteTicks(bottom: number, top: number, most: number): Tick[] {
    let unit = 0;
    while (unit + 1 < UNITS.length && top - bottom >= KIBI ** (unit + 1) * 0.75) unit += 1;
    const scale = KIBI ** unit;
    return roundValues(bottom / scale, top / scale, most, unit === 0 ? 1 : 0).map((value) => ({
        value: value * scale,
        text: value === 0 ? "0" : `${Number(value.toFixed(6))} ${UNITS[unit]}`,
    }));
}

/** Values in [first, last] that are 1, 2 or 5 times a power of ten apart, at least `leastStep`. */
export function roundValues(first: number, last: number, most: number, leastStep = 0): number[] {
    const step = Math.max(roundStep((last - first) / Math.max(most, 1)), leastStep);
    const values: number[] = [];
    // Adding 0 turns -0 into 0.
    for (let i = Math.ceil(first / step - 1e-9) + 0; i * step <= last + step * 1e-9; ++i) values.push(i * step);
    return values;
}

function roundStep(least: number): number {
    if (!(least > 0)) return 1;
    const power = 10 ** Math.floor(Math.log10(least));
    return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}
