// The colour of each allocation: that of its key, in one of a few close shades, so that neighbours of one key
// can be told apart. During a search, rows that it does not find are pale.
import type { KeyKind } from "../data/model";
import type { DeviceView } from "../data/types";
import { RANKED, REST, Rgb, cssOf, fixedColor, mixed, pixelOf, sizeColor } from "./palette";

const SHADES = 8;
// Shares of white (positive) or black, in an order in which neighbours differ.
const SHADE_STEPS = [0, 0.14, -0.05, 0.09, -0.1, 0.18, 0.045, -0.075];
const PALE = 0.82;

export class Colors {
    /** A colour for each key, see DeviceView.keyTexts. */
    private readonly ofKey: Rgb[];
    private readonly keyIndex: Map<string, number>;
    private readonly colorCodes = new Map<Rgb, number>();
    /** Pixel values by code: (colour × 2 + pale) × SHADES + shade. */
    readonly pixels: Uint32Array;
    /** Index in `pixels` of each row. */
    readonly codes: Uint16Array;

    constructor(
        private readonly device: DeviceView,
        readonly by: KeyKind,
        private readonly found: Uint8Array | null,
        /** The background, to which pale colours are mixed. */
        ground: Rgb,
    ) {
        const { keys } = device.keyTexts(by);
        this.keyIndex = new Map(keys.map((key, i) => [key, i]));
        this.ofKey = colorsOfKeys(device, by, keys);
        for (const color of this.ofKey) {
            if (!this.colorCodes.has(color)) this.colorCodes.set(color, this.colorCodes.size);
        }
        this.pixels = pixelTable([...this.colorCodes.keys()], ground);
        this.codes = this.codesOfRows(device.keyOf(by));
    }

    private codesOfRows(keyOf: Int32Array): Uint16Array {
        const base = Int32Array.from(this.ofKey, (color) => this.colorCodes.get(color)! * 2 * SHADES);
        const codes = new Uint16Array(keyOf.length);
        for (let row = 0; row < codes.length; ++row) {
            const pale = this.found && !this.found[row] ? SHADES : 0;
            codes[row] = base[keyOf[row]] + pale + (row % SHADES);
        }
        return codes;
    }

    /** The colour of a key's swatch; grey for a key that the device does not have. */
    cssOfKey(key: string): string {
        const index = this.keyIndex.get(key);
        return cssOf(index === undefined ? REST[0] : this.ofKey[index]);
    }

    /** The colour in which the row is painted. */
    cssOfRow(row: number): string {
        const pixel = this.pixels[this.codes[row]];
        return cssOf(((pixel & 255) << 16) | (pixel & 0xff00) | ((pixel >> 16) & 255));
    }

    /** Whether the search finds the row; true when nothing is searched. */
    isFound(row: number): boolean {
        return !this.found || this.found[row] === 1;
    }

    /** The shares of rows and bytes that are live and found; null when nothing is searched. */
    foundAt(event: number): { bytes: number; count: number } | null {
        if (!this.found) return null;
        let bytes = 0;
        let count = 0;
        for (const row of this.device.liveAt(event)) {
            if (!this.found[row]) continue;
            bytes += this.device.size[row];
            count += 1;
        }
        return { bytes, count };
    }
}

function pixelTable(colors: readonly Rgb[], ground: Rgb): Uint32Array {
    const pixels = new Uint32Array(colors.length * 2 * SHADES);
    colors.forEach((color, i) => {
        for (let shade = 0; shade < SHADES; ++shade) {
            const step = SHADE_STEPS[shade];
            const shaded = mixed(color, step > 0 ? 0xffffff : 0x000000, Math.abs(step));
            pixels[2 * i * SHADES + shade] = pixelOf(shaded);
            pixels[(2 * i + 1) * SHADES + shade] = pixelOf(mixed(shaded, ground, PALE));
        }
    });
    return pixels;
}

function colorsOfKeys(device: DeviceView, by: KeyKind, keys: readonly string[]): Rgb[] {
    if (by === "size") return keys.map((key) => sizeColor(Number(key)));
    const colors: Rgb[] = [];
    let ranked = 0;
    for (const key of keysByRank(device, by, keys.length)) {
        const color = fixedColor(by, keys[key]);
        colors[key] = color ?? (ranked < RANKED.length ? RANKED[ranked++] : REST[key % REST.length]);
    }
    return colors;
}

/** Keys by their bytes at the peak; keys without bytes there by all bytes that they allocated. */
function keysByRank(device: DeviceView, by: KeyKind, keys: number): number[] {
    const of = device.keyOf(by);
    const peak = device.moment("peak") ?? device.end - 1;
    const atPeak = new Float64Array(keys);
    const inAll = new Float64Array(keys);
    for (let row = 0; row < of.length; ++row) {
        inAll[of[row]] += device.size[row];
        if (device.isLive(row, peak)) atPeak[of[row]] += device.size[row];
    }
    return Array.from({ length: keys }, (_, key) => key)
        .sort((a, b) => atPeak[b] - atPeak[a] || inAll[b] - inAll[a] || a - b);
}
