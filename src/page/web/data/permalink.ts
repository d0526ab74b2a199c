// The part of the page's address after `#` (the fragment). It stores what the page shows, so that others who open
// the link see the same.
import type { Axis, State, View } from "../state";
import type { KeyKind } from "./model";

const VIEWS: readonly View[] = ["summary", "timeline", "flame", "segments", "tables", "compare", "ranks"];
const KINDS: readonly KeyKind[] = [
    "category", "site", "user-frame", "op", "function", "file", "node", "phase", "stream", "pool", "size", "origin",
];

export function fragmentOf(state: State): string {
    const parts = new URLSearchParams();
    parts.set("view", state.view);
    parts.set("device", String(state.device));
    parts.set("from", String(rounded(state.from)));
    parts.set("to", String(rounded(state.to)));
    parts.set("at", String(state.at));
    if (state.pin !== null) parts.set("pin", String(state.pin));
    parts.set("by", state.by);
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

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
    return values.find((value) => value === text);
}

// A thousandth of an event is far less than a pixel.
function rounded(event: number): number {
    return Math.round(event * 1000) / 1000;
}
