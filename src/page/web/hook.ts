// `window.snapqReport`: the interface of the page for scripts and tests.
import type { App } from "./app";
import type { KeyKind } from "./data/model";
import type { TreeMoment } from "./data/types";
import type { State, View } from "./state";

interface Place {
    view?: View;
    device?: number;
    from?: number;
    to?: number;
    at?: number;
    pin?: number | null;
    by?: KeyKind;
    /** Keys of kind `by` that are switched off. */
    hidden?: readonly string[];
    sel?: number | null;
    q?: string;
    axis?: State["axis"];
}

export function hookOf(app: App) {
    const timeline = () => {
        if (!app.timeline) throw new Error("this page has no timeline");
        return app.timeline;
    };
    return {
        plot: () => timeline().plot(),
        pixelAt: (x: number, y: number) => timeline().pixelAt(x, y),
        drawnAt: (x: number, y: number) => timeline().drawnAt(x, y),
        columnEvents: () => Array.from(timeline().picture()?.events ?? []),
        get frameTimes() {
            return app.timeline?.frameTimes ?? [];
        },
        get firstDrawMs() {
            return app.timeline?.firstDrawMs ?? null;
        },
        state(): Place {
            const { view, device, from, to, at, pin, by, hidden, row, search, axis } = app.store.get();
            return { view, device, from, to, at, pin, by, hidden: [...hidden].sort(), sel: row, q: search, axis };
        },
        views: () => Array.from(document.querySelectorAll<HTMLElement>("[role=tab][data-view]"), (tab) => tab.dataset.view!),
        async goTo({ sel, q, hidden, ...rest }: Place): Promise<void> {
            await app.go({ ...rest, ...(sel === undefined ? {} : { row: sel }), ...(q === undefined ? {} : { search: q }) });
            if (hidden) app.store.set({ hidden: new Set(hidden) });
            await app.settled();
        },
        /** All rows of `snapq summary --at event:N --by KEY`. */
        tableAt: (event: number, by: KeyKind) =>
            app.device().groupLive(event, by).map(({ key, bytes, count }) => ({ key, bytes, count })),
        /** Bytes of each stack; null: memory without one. */
        flameTotals(moment: number | "unfreed" | "all"): [number | null, number][] {
            const asked: TreeMoment = moment === "all" ? "allocated" : moment;
            return [...app.device().stackBytes(asked)].map(([stack, bytes]) => [stack < 0 ? null : stack, bytes]);
        },
    };
}

type Hook = ReturnType<typeof hookOf>;

/** The object exists at once. Everything except `ready` works after `ready` is fulfilled. */
export function installHook(starting: Promise<Hook>): void {
    const hook: Record<string, unknown> = {};
    const ready = starting.then((made) => {
        Object.defineProperties(hook, Object.getOwnPropertyDescriptors(made));
        Object.freeze(hook);
    });
    ready.catch(() => undefined); // the page shows the error itself
    hook.ready = ready;
    (window as unknown as { snapqReport: unknown }).snapqReport = hook;
}
