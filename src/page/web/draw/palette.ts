// Colours of groups. Neighbouring hues also differ in lightness, so that they stay apart for readers who see
// few hues and in print; all have a medium lightness and suit a light and a dark background.
import type { KeyKind } from "../data/model";

/** 0xRRGGBB */
export type Rgb = number;

const GREY: Rgb = 0xa3a9b0;
const SLATE: Rgb = 0x8796a5;

// Keys that have the same colour on every page.
const FIXED = new Map<string, Rgb>(Object.entries({
    // Categories; a temporary kind has a lighter shade of the colour of its lasting kind.
    parameter: 0x4e79a7,
    gradient: 0xe08b3e,
    backward_temporary: 0xf0bd86,
    optimizer_state: 0x8a63a8,
    optimizer_temporary: 0xb79bcb,
    activation: 0x3f9e8c,
    forward_temporary: 0x8fcabd,
    input: 0xd6b93c,
    kv_cache: 0x5ab4d6,
    communication: 0xc85a8a,
    workspace: 0x8d7f76,
    persistent: 0xb4573f,
    temporary: 0xb5bf8e,
    unknown: GREY,
    // Phases
    forward: 0x3f9e8c,
    backward: 0xe08b3e,
    optimizer: 0x8a63a8,
    zero_grad: 0xc85a8a,
    checkpoint: 0x8fcabd,
    load: 0x4e79a7,
    data: 0xd6b93c,
    compile: 0x5ab4d6,
    other: 0x8d7f76,
    // Names for what is not known
    "[before recording]": SLATE,
    "[no stack]": GREY,
    "[unknown]": GREY,
    "[no op]": GREY,
    "[no node]": GREY,
    "[backward]": 0xe08b3e,
}));

/** For keys without a colour of their own, the largest at the peak first. */
export const RANKED: readonly Rgb[] = [
    0x4e79a7, 0xe08b3e, 0x3f9e8c, 0xc85a8a, 0x8a63a8, 0xd6b93c, 0x5ab4d6, 0xb4573f, 0x7a9a45, 0x8d7f76,
    0x9fb8dd, 0xf0bd86, 0x8fcabd, 0xe3a1bd, 0xb79bcb, 0xe9d98c, 0xa5d8ea, 0xd99b87, 0xb5cf86, 0xbfb3aa,
];

/** For all other keys, which are small. */
export const REST: readonly Rgb[] = [0x8b98a8, 0xa39b92, 0x93a398, 0xa396a5, 0xa8a48c, 0x8fa3a6];

export function fixedColor(by: KeyKind, key: string): Rgb | undefined {
    return by === "size" || by === "origin" ? undefined : FIXED.get(key);
}

/** Sizes: one colour for each power of four bytes, from pale to dark blue-green. */
const SIZES: readonly Rgb[] = [
    0xe9d98c, 0xd6d486, 0xb9cd85, 0x97c389, 0x76b78f, 0x58a996, 0x439a9a, 0x3a8a9c, 0x3f799b, 0x4a6795, 0x575488, 0x603f76,
];
const SMALLEST_CLASS = 9; // up to 512 B

export function sizeColor(bytes: number): Rgb {
    const power = bytes <= 0 ? 0 : Math.log2(bytes);
    const step = Math.ceil((power - SMALLEST_CLASS) / 2);
    return SIZES[Math.max(0, Math.min(SIZES.length - 1, step))];
}

export function mixed(a: Rgb, b: Rgb, share: number): Rgb {
    const channel = (shift: number): number => {
        const from = (a >> shift) & 255;
        return Math.round(from + share * (((b >> shift) & 255) - from)) << shift;
    };
    return channel(16) | channel(8) | channel(0);
}

export function cssOf(color: Rgb): string {
    return `#${color.toString(16).padStart(6, "0")}`;
}

/** The pixel in the form of ImageData: bytes R, G, B, A in memory. All machines that run browsers are little-endian. */
export function pixelOf(color: Rgb): number {
    return (0xff000000 | ((color & 255) << 16) | (color & 0xff00) | (color >> 16)) >>> 0;
}
