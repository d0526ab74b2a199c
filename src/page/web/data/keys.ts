// The keys by which allocations are grouped and coloured, as in `snapq summary --by KEY`.
import type { Archive, Device, KeyKind, SourceKeyKind } from "./model";
import { formatBytes } from "../format";

export interface Keys {
    /** Index in `keys` of each row. */
    readonly of: Int32Array;
    readonly keys: readonly string[];
    readonly labels: readonly string[];
}

export interface KeyColumns {
    readonly size: Float64Array;
    readonly source: Int32Array;
    readonly stream: Int32Array;
    readonly pool: Int32Array;
    readonly category: Int32Array;
}

export const SOURCE_KINDS: readonly SourceKeyKind[] = ["site", "user-frame", "op", "function", "file", "node", "phase", "module"];
export const UNKNOWN = "[unknown]";
export const BEFORE_RECORDING = "[before recording]";

const ORIGINS = ["allocated in the recording", "before the recording, freed in it", "before the recording, kept"];

/** The kinds that this archive has keys of. */
export function keyKindsOf(archive: Archive, device: Device): KeyKind[] {
    const kinds: KeyKind[] = [];
    if (device.columns?.category && archive.categories?.length) kinds.push("category");
    kinds.push(...SOURCE_KINDS.filter((kind) => archive.sources?.keys[kind]));
    if (device.columns?.stream && archive.streams?.length) kinds.push("stream");
    if (device.columns?.pool && archive.pools?.length) kinds.push("pool");
    kinds.push("size", "origin");
    return kinds;
}

export function keysOf(kind: KeyKind, archive: Archive, columns: KeyColumns): Keys {
    const texts = archive.sources?.keys[kind as SourceKeyKind];
    if (texts) return { of: through(columns.source, texts.of), keys: texts.keys, labels: texts.labels };
    switch (kind) {
        case "category": return plain(columns.category, archive.categories ?? []);
        case "origin": return plain(through(columns.source, archive.sources?.origin ?? []), ORIGINS);
        case "size": return sizeKeys(columns.size);
        case "stream": {
            const streams = archive.streams ?? [];
            const keys = [UNKNOWN, ...streams.map((stream) => stream.value)];
            return { of: columns.stream, keys, labels: [UNKNOWN, ...streams.map((stream) => stream.label)] };
        }
        case "pool": {
            const pools = archive.pools ?? [];
            return { of: columns.pool, keys: [UNKNOWN, ...pools], labels: [UNKNOWN, ...pools.map(poolLabel)] };
        }
        default: throw new Error(`the page has no keys of kind ${kind}`);
    }
}

export function poolLabel(pool: string): string {
    return pool === "0,0" ? "default pool" : `private pool ${pool}`;
}

function plain(of: Int32Array, keys: readonly string[]): Keys {
    return { of, keys, labels: keys };
}

function through(source: Int32Array, of: readonly number[]): Int32Array {
    const table = Int32Array.from(of);
    const out = new Int32Array(source.length);
    for (let row = 0; row < out.length; ++row) out[row] = table[source[row]];
    return out;
}

function sizeKeys(size: Float64Array): Keys {
    const index = new Map<number, number>();
    const of = new Int32Array(size.length);
    for (let row = 0; row < size.length; ++row) {
        let key = index.get(size[row]);
        if (key === undefined) index.set(size[row], (key = index.size));
        of[row] = key;
    }
    const sizes = [...index.keys()];
    return { of, keys: sizes.map(String), labels: sizes.map(formatBytes) };
}
