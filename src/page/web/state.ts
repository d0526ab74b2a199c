// The state of the page, in one place. Views read it with `get()`, change it with `set()`, and learn of changes with
// `observe()`. The address of the page follows the state (see data/permalink.ts).
import type { KeyKind } from "./data/model";

export type View = "summary" | "timeline" | "flame" | "segments" | "tables" | "compare" | "ranks";
export type Axis = "events" | "time";

export interface State {
    readonly view: View;
    /** Index in `archives[0].devices`. */
    readonly device: number;
    /** The window of the timeline: events [from, to), real numbers. */
    readonly from: number;
    readonly to: number;
    /** The cursor: the event whose state the table, the flame graph and the segments show. */
    readonly at: number;
    /** The second moment, with which the table compares the cursor; null: none. */
    readonly pin: number | null;
    /** Groups the table at the cursor and colours the pictures. */
    readonly by: KeyKind;
    /** The selected allocation: row of the columns. */
    readonly row: number | null;
    /** The allocation under the pointer. */
    readonly hover: number | null;
    /** The text of the search, which highlights rows; see data/search.ts. */
    readonly search: string;
    /** Keys of kind `by` that the legend has switched off. */
    readonly hidden: ReadonlySet<string>;
    readonly axis: Axis;
}

export type Part = keyof State;
type Observer = (state: State, changed: ReadonlySet<Part>) => void;

export class Store {
    private state: State;
    private readonly observers: { readonly parts: readonly Part[]; readonly tell: Observer }[] = [];

    constructor(initial: State) {
        this.state = initial;
    }

    get(): State {
        return this.state;
    }

    /** Changes parts of the state. Observers of parts that differ are called at once, each of them once. */
    set(changes: Partial<State>): void {
        const changed = new Set<Part>();
        for (const part of Object.keys(changes) as Part[]) {
            if (changes[part] !== undefined && changes[part] !== this.state[part]) changed.add(part);
        }
        // The hidden keys are reset, because keys of one kind mean nothing for another kind.
        const hidden = changed.has("by") || changed.has("device") ? changes.hidden ?? new Set<string>() : undefined;
        if (hidden && (hidden.size > 0 || this.state.hidden.size > 0)) changed.add("hidden");
        const row = changed.has("device") ? changes.row ?? null : undefined;
        if (row !== undefined && row !== this.state.row) changed.add("row");
        if (changed.size === 0) return;
        this.state = {
            ...this.state,
            ...changes,
            ...(hidden ? { hidden } : {}),
            ...(row !== undefined ? { row } : {}),
        };
        for (const observer of this.observers) {
            if (observer.parts.some((part) => changed.has(part))) observer.tell(this.state, changed);
        }
    }

    /** `tell` is called after a change of any of `parts`. */
    observe(parts: readonly Part[], tell: Observer): void {
        this.observers.push({ parts, tell });
    }
}
