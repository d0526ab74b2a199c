// Everything about the selected allocation.

import type { Context } from "../app_context";
import type { Allocation, Frame } from "../data/types";
import { copyButton } from "./clipboard";
import { element, replace } from "./element";
import { exactBytes, formatBytes, formatCount, formatDuration, shortened, words } from "../format";
import { stackFrames } from "./stack_frames";

export const detailsHint = "Click an allocation to see its stack and its life.";

export function mountDetails(host: HTMLElement, context: Context): void {
    const { store } = context;
    let pythonOnly = true;
    let shown: Allocation | null = null;
    const age = element("dd");

    async function draw(): Promise<void> {
        const { row } = store.get();
        shown = null;
        if (row === null) {
            host.hidden = true;
            return;
        }
        const allocation = await context.device().allocation(row);
        if (store.get().row !== row) return;
        show(allocation);
        host.parentElement?.scrollTo({ top: 0 });  // the card is the first one in its column
    }

    function drawAge(): void {
        if (shown) age.textContent = ageAt(shown, context);
    }

    function show(allocation: Allocation): void {
        shown = allocation;
        drawAge();
        const close = element("button", { type: "button", class: "quiet", title: "Unselect (Esc)", onclick: () => store.set({ row: null }) }, "Close");
        const tools = element(
            "div",
            { class: "choice", role: "group", "aria-label": "Frames" },
            choice("Python only", pythonOnly, () => choose(allocation, true)),
            choice("All frames", !pythonOnly, () => choose(allocation, false)),
        );
        replace(
            host,
            element("div", { class: "head" }, element("h2", {}, `${formatBytes(allocation.size)}, ${shortened(allocation.site, 120)}`), close),
            element("div", { class: "head" }, element("h3", {}, stackTitle(allocation)), tools),
            stackFrames(allocation.stack, pythonOnly),
            extraStack("Forward call", allocation.forwardStack),
            allocation.origin === "preexisting_freed" ? null : extraStack("Freed by", allocation.freeStack),
            facts(allocation, context, age),
            element("div", { class: "sql" }, element("code", {}, allocation.sql), copyButton("Copy", () => allocation.sql, { title: "Copy the SQL for snapq query" })),
        );
        host.hidden = false;
    }

    function choose(allocation: Allocation, python: boolean): void {
        pythonOnly = python;
        show(allocation);
        host.querySelector<HTMLElement>(".choice [aria-pressed=true]")?.focus();
    }

    function extraStack(title: string, frames: readonly Frame[] | null): HTMLElement | null {
        return frames === null ? null : element("details", {}, element("summary", {}, title), stackFrames(frames, pythonOnly));
    }

    host.hidden = true;
    void draw();
    store.observe(["row", "device"], () => void draw());
    store.observe(["at"], drawAge);
}

function choice(label: string, pressed: boolean, press: () => void): HTMLElement {
    return element("button", { type: "button", "aria-pressed": String(pressed), onclick: press }, label);
}

function stackTitle(allocation: Allocation): string {
    return allocation.origin === "preexisting_freed" ? "Stack of the free" : "Stack, innermost first";
}

function facts(allocation: Allocation, context: Context, age: HTMLElement): HTMLElement {
    const list = element("dl", { class: "facts" });
    const add = (term: string, value: string | null, title?: string, go?: number): void => {
        if (value === null || value === "") return;
        const shown = go === undefined ? shortened(value, 500) : element("button", { type: "button", class: "link", onclick: () => context.store.set({ at: go }) }, value);
        list.append(element("dt", {}, term), element("dd", { title }, shown));
    };
    const start = context.device().timeAt(context.device().first);
    const since = (time: number | null): string => (time === null || start === null ? "" : `, +${formatDuration(Math.round(time - start))}`);

    add("size", formatBytes(allocation.size), exactBytes(allocation.size));
    add("site", allocation.site);
    add("category", words(allocation.category));
    add("operator", allocation.op);
    add("phase", allocation.phase);
    if (allocation.start < 0) add("allocated", "before the recording");
    else add("allocated", `event ${formatCount(allocation.start)}${since(allocation.startTime)}`, undefined, allocation.start);
    if (allocation.freeRequested !== null) add("free requested", `event ${formatCount(allocation.freeRequested)}`, "A stream still used it then", allocation.freeRequested);
    if (allocation.end === null) add("freed", "never: live at the end");
    else add("freed", `event ${formatCount(allocation.end)}${since(allocation.endTime)}`, undefined, allocation.end);
    add("lifetime", lifetime(allocation));
    list.append(element("dt", {}, "age at the cursor"), age);
    add("stream", allocation.stream);
    add("pool", allocation.pool);
    add("address", allocation.address === null ? null : `0x${allocation.address.toString(16)}`);
    add("metadata", allocation.metadata);
    return list;
}

function lifetime(allocation: Allocation): string | null {
    if (allocation.end === null || allocation.start < 0) return null;
    const events = `${formatCount(allocation.end - allocation.start)} events`;
    return allocation.startTime === null || allocation.endTime === null ? events : `${events}, ${formatDuration(Math.round(allocation.endTime - allocation.startTime))}`;
}

function ageAt(allocation: Allocation, context: Context): string {
    const { at } = context.store.get();
    const live = allocation.start <= at && (allocation.end === null || at < allocation.end);
    if (!live) return "not live";
    if (allocation.start < 0) return "older than the recording";
    const now = context.device().timeAt(at);
    const events = `${formatCount(at - allocation.start)} events`;
    return now === null || allocation.startTime === null ? events : `${events}, ${formatDuration(Math.round(now - allocation.startTime))}`;
}
