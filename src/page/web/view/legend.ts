// The colours of the pictures. Each entry is a switch that hides its key in the timeline.

import type { Context } from "../app_context";
import { element, replace, withProperty } from "./element";
import { counted, shortened } from "../format";
import { keySelect } from "./key_select";

const mostEntries = 16;
// The characters that fit into a button. The middle of a longer name is left out, because its end says most: the
// innermost module, or the line of a site.
const mostCharacters = 34;

export function mountLegend(host: HTMLElement, context: Context): void {
    const { store } = context;
    const list = element("ul", { class: "legend", "aria-label": "Colours; switches what the timeline shows" });
    const all = element("button", { type: "button", class: "quiet", onclick: () => store.set({ hidden: new Set() }) }, "Show all");

    function toggle(keys: readonly string[]): void {
        const hidden = new Set(store.get().hidden);
        const off = keys.every((key) => hidden.has(key));
        for (const key of keys) {
            if (off) hidden.delete(key);
            else hidden.add(key);
        }
        store.set({ hidden });
    }

    function draw(): void {
        const { hidden } = store.get();
        const { named, others } = entriesOf(context);
        const colors = context.colors();
        const chips = named.map(({ key, label }) => chip(label, colors.cssOfKey(key), !hidden.has(key), () => toggle([key])));
        if (others.length > 0) chips.push(chip(counted(others.length, "other"), null, others.some((key) => !hidden.has(key)), () => toggle(others)));
        replace(list, ...chips.map((one) => element("li", {}, one)));
        all.hidden = hidden.size === 0;
    }

    replace(host, element("label", { class: "field" }, "Colour and group by", keySelect(context)), list, all);
    draw();
    store.observe(["hidden"], () => keepingFocus(list, draw));
    context.onColors(draw);
}

interface Entries {
    named: { key: string; label: string }[];
    /** Keys that share the last entry. */
    others: string[];
}

/** The keys with the most bytes at the peak have their own entries. */
function entriesOf(context: Context): Entries {
    const device = context.device();
    const { by, at } = context.store.get();
    const { keys, labels } = device.keyTexts(by);
    const order = new Map(device.groupLive(device.moment("peak") ?? at, by).map((group, rank) => [group.key, rank]));
    const rank = (index: number): number => order.get(keys[index]) ?? keys.length + index;
    const indexes = keys.map((_, index) => index).sort((a, b) => rank(a) - rank(b));
    return {
        named: indexes.slice(0, mostEntries).map((index) => ({ key: keys[index], label: labels[index] })),
        others: indexes.slice(mostEntries).map((index) => keys[index]),
    };
}

function chip(label: string, color: string | null, on: boolean, toggle: () => void): HTMLElement {
    return element(
        "button",
        { type: "button", class: on ? null : "off", "aria-pressed": String(on), title: on ? `Hide ${label}` : `Show ${label}`, onclick: toggle },
        color === null ? null : swatch(color),
        element("span", {}, shortened(label, mostCharacters)),
    );
}

export function swatch(color: string): HTMLElement {
    return withProperty(element("span", { class: "swatch", "aria-hidden": "true" }), "--swatch", color);
}

/** Redraws a list of buttons, and returns the focus to the button at the same position. */
export function keepingFocus(list: HTMLElement, draw: () => void): void {
    const at = [...list.querySelectorAll("button")].indexOf(document.activeElement as HTMLButtonElement);
    draw();
    if (at >= 0) list.querySelectorAll("button")[at]?.focus();
}
