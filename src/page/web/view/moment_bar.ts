// The moment of the cursor: a list of named moments, the number of the event, and the totals there.

import type { Context } from "../app_context";
import type { MomentModel } from "../data/model";
import { element, replace } from "./element";
import { counted, formatBytes, formatCount, formatDuration } from "../format";

export function mountMomentBar(host: HTMLElement, context: Context): void {
    const { store } = context;
    const moments = momentSelect("Moment", (event) => store.set({ at: event }));
    const event = element("input", {
        type: "text",
        inputmode: "numeric",
        size: 9,
        "aria-label": "Event of the cursor",
        onchange: () => {
            const chosen = Number(event.value.replace(/[,\s]/g, ""));
            if (event.value.trim() !== "" && Number.isInteger(chosen)) store.set({ at: within(chosen, context) });
            event.value = formatCount(store.get().at);
        },
    });
    const totals = element("span", { class: "note" });

    function drawMoments(): void {
        moments.fill(context);
        draw();
    }

    function draw(): void {
        const device = context.device();
        const { at } = store.get();
        moments.choose(at);
        event.value = formatCount(at);
        const { bytes, count } = device.totalAt(at);
        const reserved = device.reservedAt(at);
        const start = device.timeAt(device.first);
        const time = device.timeAt(at);
        const parts = [`${formatBytes(bytes)} requested in ${counted(count, "allocation")}`];
        if (reserved !== null) parts.push(`${formatBytes(reserved)} reserved`);
        if (time !== null && start !== null) parts.unshift(`+${formatDuration(Math.round(time - start))}`);
        totals.textContent = parts.join(" · ");
    }

    replace(
        host,
        element("label", { class: "field" }, "Moment", moments.element),
        element("label", { class: "field" }, "after event", event),
        element("span", { class: "choice" }, step("‹", "Event before", -1), step("›", "Event after", 1)),
        totals,
    );

    function step(text: string, label: string, by: number): HTMLElement {
        const move = (): void => store.set({ at: within(store.get().at + by, context) });
        return element("button", { type: "button", "aria-label": label, title: label, onclick: move }, text);
    }

    drawMoments();
    store.observe(["device"], drawMoments);
    store.observe(["at"], draw);
}

export function within(event: number, context: Context): number {
    const device = context.device();
    return Math.min(Math.max(event, device.first), Math.max(device.first, device.end - 1));
}

export interface MomentSelect {
    element: HTMLSelectElement;
    fill(context: Context): void;
    /** Shows the moment at this event, or "other". */
    choose(event: number | null): void;
}

/** A list of the named moments of a device. `none` is the text of an entry for no moment. */
export function momentSelect(label: string, onChoose: (event: number) => void, none?: string, onNone?: () => void): MomentSelect {
    const select = element("select", { "aria-label": label, onchange: changed });
    const other = element("option", { value: "other", disabled: true }, "other");
    /** The first entry of each event. A map, because a run may have a thousand steps and the cursor moves often. */
    const ofEvent = new Map<number | null, HTMLOptionElement>();

    function entry(value: string, event: number | null, label: string): HTMLOptionElement {
        const option = element("option", { value }, label);
        if (!ofEvent.has(event)) ofEvent.set(event, option);
        return option;
    }

    const momentEntry = (moment: MomentModel): HTMLOptionElement => entry(`${moment.name}@${moment.event}`, moment.event, momentLabel(moment.name));

    function changed(): void {
        if (select.value === "none") onNone?.();
        else if (select.value !== "other") onChoose(Number(select.value.split("@")[1]));
    }

    return {
        element: select,
        fill(context) {
            ofEvent.clear();
            const moments = context.device().moments;
            const named = moments.filter((moment) => !moment.name.startsWith("step:"));
            const steps = moments.filter((moment) => moment.name.startsWith("step:"));
            const entries = [none ? entry("none", null, none) : null, ...named.map(momentEntry)];
            const stepGroup = element("optgroup", { label: "Peak of a step" }, ...steps.map(momentEntry));
            replace(select, ...entries, steps.length > 0 ? stepGroup : null, other);
        },
        choose(event) {
            (ofEvent.get(event) ?? other).selected = true;
        },
    };
}

export function momentLabel(name: string): string {
    if (name === "reserved-peak") return "most reserved";
    if (name.startsWith("oom:")) return `out of memory ${Number(name.slice(4)) + 1}`;
    if (name.startsWith("step:")) return `step ${name.slice(5)}`;
    return name;
}
