// The columns of the page: unsigned LEB128 varints of up to 64 bits. A `delta` column stores the
// difference of each value from the one before it (the first one: from 0), zigzag-encoded: 0, -1, 1, -2, … become
// 0, 1, 2, 3, ….
import type { Block } from "./model";

const LARGEST = Number.MAX_SAFE_INTEGER;

function damaged(what: string): Error {
    return new Error(`the page is damaged: ${what}`);
}

/** What a column is read into. */
export type Numbers = Float64Array | Int32Array | Uint8Array;

/** The values that `out` holds exactly, both included. */
interface Bounds {
    readonly least: number;
    readonly most: number;
}

function boundsOf(out: Numbers): Bounds {
    if (out instanceof Int32Array) return { least: -(2 ** 31), most: 2 ** 31 - 1 };
    return out instanceof Uint8Array ? { least: 0, most: 255 } : { least: -LARGEST, most: LARGEST };
}

/** Fills `out` with the values of a column. Throws where one does not fit, or where the bytes end too early or late. */
export function readNumbers<T extends Numbers>(bytes: Uint8Array, coding: Block["coding"], out: T): T {
    // Beyond the end of the bytes there are zeros, so that one comparison finds both kinds of damage.
    const end = coding === "delta" ? readDeltas(bytes, out, boundsOf(out)) : readPlain(bytes, out, boundsOf(out));
    if (end !== bytes.length) throw damaged("a column has too few or too many bytes");
    return out;
}

function outOfRange(): Error {
    return damaged("a column has a value out of range");
}

function readPlain(bytes: Uint8Array, out: Numbers, { most }: Bounds): number {
    if (isOneByteEach(bytes, out.length)) return copyBytes(bytes, out);
    let at = 0;
    for (let i = 0; i < out.length; ++i) {
        let byte = bytes[at++];
        let value = byte & 0x7f;
        for (let scale = 128; byte >= 0x80; scale *= 128) {
            byte = bytes[at++];
            value += (byte & 0x7f) * scale;
        }
        if (value > most) throw outOfRange();
        out[i] = value;
    }
    return at;
}

/** So are streams, pools and categories, which hardly ever have more than 127 different values. */
function isOneByteEach(bytes: Uint8Array, count: number): boolean {
    if (bytes.length !== count) return false;
    let bits = 0;
    for (let i = 0; i < count; ++i) bits |= bytes[i];
    return bits < 0x80;
}

function copyBytes(bytes: Uint8Array, out: Numbers): number {
    out.set(bytes);
    return bytes.length;
}

// The sign is the lowest bit. It is taken off first, because a double holds the magnitude exactly, but not
// twice the magnitude and one.
function readDeltas(bytes: Uint8Array, out: Numbers, { least, most }: Bounds): number {
    let at = 0;
    let value = 0;
    for (let i = 0; i < out.length; ++i) {
        let byte = bytes[at++];
        const negative = byte & 1;
        let magnitude = (byte & 0x7f) >> 1;
        for (let scale = 64; byte >= 0x80; scale *= 128) {
            byte = bytes[at++];
            magnitude += (byte & 0x7f) * scale;
        }
        value += negative ? -magnitude - 1 : magnitude;
        if (value > most || value < least) throw outOfRange();
        out[i] = value;
    }
    return at;
}

/** The same for values of 64 bits. Slower; only for addresses. */
export function readBigs(bytes: Uint8Array, coding: Block["coding"], count: number): BigUint64Array {
    const out = new BigUint64Array(count);
    let at = 0;
    let value = 0n;
    for (let i = 0; i < count; ++i) {
        let raw = 0n;
        for (let shift = 0n; ; shift += 7n) {
            const byte = bytes[at++];
            if (byte === undefined || shift > 63n) throw damaged("a column of addresses");
            raw |= BigInt(byte & 0x7f) << shift;
            if (byte < 0x80) break;
        }
        if (coding === "plain") value = raw;
        else value += raw & 1n ? -(raw >> 1n) - 1n : raw >> 1n;
        out[i] = value = BigInt.asUintN(64, value);
    }
    if (at !== bytes.length) throw damaged("a column has too many bytes");
    return out;
}
