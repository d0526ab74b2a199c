// The part of the page's address after `#` (the fragment). It stores what the page shows, so that others who open
// the link see the same.
import type { Axis, State, View } from "../state";
import type { KeyKind } from "./model";

const VIEWS: readonly View[] = ["summary", "timeline", "flame", "segments", "tables", "compare", "ranks"];
const KINDS: readonly KeyKind[] = [
    "category", "site", "user-frame", "op", "function", "file", "node", "phase", "module", "stream", "pool", "size",
    "origin",
];

/** `keys`: all keys of kind `by` of the device. */
export function fragmentOf(state: State, keys: readonly string[]): string {
    const parts = new URLSearchParams();
    parts.set("view", state.view);
    parts.set("device", String(state.device));
    parts.set("from", String(rounded(state.from)));
    parts.set("to", String(rounded(state.to)));
    parts.set("at", String(state.at));
    if (state.pin !== null) parts.set("pin", String(state.pin));
    parts.set("by", state.by);
    const hidden = rangesOf(keys, state.hidden);
    if (hidden !== "") parts.set("hide", hidden);
    if (state.row !== null) parts.set("sel", String(state.row));
    if (state.search !== "") parts.set("q", state.search);
    parts.set("axis", state.axis);
    return `#${parts}`;
}

/** The state in a fragment, without parts that are missing or invalid. */
export function stateOf(fragment: string): Partial<State> {
    const parts = new URLSearchParams(fragment.replace(/^#/, ""));
    const number = (name: string): number | undefined => {
        const text = parts.get(name);
        const value = text === null || text.trim() === "" ? NaN : Number(text);
        return Number.isFinite(value) ? value : undefined;
    };
    const integer = (name: string): number | undefined => {
        const value = number(name);
        return Number.isSafeInteger(value) ? value : undefined;
    };
    const said: Partial<Record<keyof State, unknown>> = {
        view: oneOf(VIEWS, parts.get("view")),
        device: integer("device"),
        from: number("from"),
        to: number("to"),
        at: integer("at"),
        pin: integer("pin"),
        by: oneOf(KINDS, parts.get("by")),
        row: integer("sel"),
        search: parts.get("q") ?? undefined,
        axis: oneOf<Axis>(["events", "time"], parts.get("axis")),
    };
    return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<State>;
}

/** The keys that a fragment hides. It names them by their places in `keys`, because keys may be long and many. */
export function hiddenOf(fragment: string, keys: readonly string[]): Set<string> {
    const hidden = new Set<string>();
    for (const range of new URLSearchParams(fragment.replace(/^#/, "")).get("hide")?.split(".") ?? []) {
        const found = /^(\d+)(?:-(\d+))?$/.exec(range);
        if (!found) continue;
        for (const key of keys.slice(Number(found[1]), Number(found[2] ?? found[1]) + 1)) hidden.add(key);
    }
    return hidden;
}

/** Places of the wanted keys, such as "0.3-7": one key alone, or all but a few, give a short text. */
function rangesOf(keys: readonly string[], wanted: ReadonlySet<string>): string {
    const ranges: string[] = [];
    for (let first = 0; first < keys.length; ++first) {
        if (!wanted.has(keys[first])) continue;
        let last = first;
        while (last + 1 < keys.length && wanted.has(keys[last + 1])) ++last;
        ranges.push(first === last ? `${first}` : `${first}-${last}`);
        first = last;
    }
    return ranges.join(".");
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
    return values.find((value) => value === text);
}

// A thousandth of an event is far less than a pixel.
function rounded(event: number): number {
    return Math.round(event * 1000) / 1000;
}
