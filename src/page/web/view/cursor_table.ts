// The live memory at the cursor, by key, and its difference from a second moment: the figures of
// `snapq summary --at event:N --by KEY`.

import type { Context } from "../app_context";
import type { DeviceView } from "../data/types";
import { copyButton } from "./clipboard";
import { type ComparedGroup, compareGroups, type GroupOrder } from "./comparison";
import { toCsv } from "./csv";
import { breakable, element, replace, withProperty } from "./element";
import { counted, exactBytes, formatBytes, formatChange, formatCount, formatShare, shortened } from "../format";
import { keyName } from "./key_select";
import { keepingFocus, swatch } from "./legend";
import { momentSelect } from "./moment_bar";

type Total = ReturnType<DeviceView["totalAt"]>;

// The table is drawn at every move of the pointer, so it has only as many rows as a person reads.
const rowsAtFirst = 60;

export function mountCursorTable(host: HTMLElement, context: Context): void {
    const { store } = context;
    let order: GroupOrder = "bytes";
    let shown = rowsAtFirst;
    let groups: ComparedGroup[] = [];
    let scheduled = false;

    const title = element("h2");
    const pin = momentSelect("Compare with", (event) => setPin(event), "nothing", () => setPin(null));
    const pinHere = element("button", { type: "button", title: "Pin this moment, then move the cursor: the table shows the change", onclick: () => setPin(store.get().at) }, "Pin here");
    const head = element("thead");
    const body = element("tbody");
    const foot = element("tfoot");
    const more = element("button", { type: "button", class: "quiet", onclick: () => ((shown = Infinity), draw()) });
    const copy = copyButton("Copy CSV", () => csv(groups, store.get().pin !== null));

    function setPin(event: number | null): void {
        order = event === null ? "bytes" : "change";
        store.set({ pin: event });
    }

    // Draws once for each frame of the screen, because a pointer moves more often.
    function schedule(): void {
        if (scheduled) return;
        scheduled = true;
        requestAnimationFrame(() => {
            scheduled = false;
            redraw();
        });
    }

    function redraw(): void {
        keepingFocus(head, () => keepingFocus(body, draw));
    }

    function draw(): void {
        const device = context.device();
        const { at, by, pin: second } = store.get();
        const pinned = second === null ? [] : device.groupLive(second, by);
        groups = compareGroups(device.groupLive(at, by), pinned, second === null ? "bytes" : order);
        title.textContent = at < 0 ? "Live before the recording" : `Live after event ${formatCount(at)}`;
        pin.choose(second);
        drawHead(second !== null);
        const total = device.totalAt(at);
        const alone = onlyShownKey();
        replace(body, ...groups.slice(0, shown).map((group) => rowOf(group, group.key === alone, total.bytes, second !== null)));
        drawFoot(total, second === null ? null : device.totalAt(second));
        more.hidden = groups.length <= shown;
        more.textContent = `Show all ${counted(groups.length, "row")}`;
    }

    function drawHead(comparing: boolean): void {
        const sorted = (name: GroupOrder): string | null => (comparing && order === name ? "descending" : null);
        const sort = (name: GroupOrder, text: string): HTMLElement | string =>
            comparing ? element("button", { type: "button", class: "sort", onclick: () => ((order = name), redraw()) }, text) : text;
        replace(
            head,
            element(
                "tr",
                {},
                element("th", { scope: "col" }, keyName(store.get().by)),
                element("th", { scope: "col", class: "number", "aria-sort": sorted("bytes") }, sort("bytes", "bytes")),
                comparing ? element("th", { scope: "col", class: "number", "aria-sort": sorted("change") }, sort("change", "change")) : null,
                comparing ? null : element("th", { scope: "col", class: "number" }, "share"),
                comparing ? null : element("th", { scope: "col", class: "number" }, "count"),
            ),
        );
    }

    function rowOf(group: ComparedGroup, alone: boolean, total: number, comparing: boolean): HTMLElement {
        const label = element(
            "button",
            { type: "button", class: "link key", "aria-pressed": String(alone), title: alone ? "Show everything again" : `Show only ${group.key}`, onclick: () => showOnly(alone ? null : group.key) },
            breakable(shortened(group.label, 120)),
        );
        const bytes = element("td", { class: "number bar", title: exactBytes(group.bytes) }, formatBytes(group.bytes));
        withProperty(bytes, "--share", String(total > 0 ? group.bytes / total : 0));
        return element(
            "tr",
            { class: store.get().hidden.has(group.key) ? "hidden-key" : null },
            element("td", {}, element("span", { class: "key-cell" }, swatch(context.colors().cssOfKey(group.key)), label)),
            bytes,
            comparing ? changeCell(group) : element("td", { class: "number" }, formatShare(group.bytes, total)),
            comparing ? null : element("td", { class: "number" }, formatCount(group.count)),
        );
    }

    function drawFoot(total: Total, pinned: Total | null): void {
        const row = (name: string, bytes: number, other: number | null, count: number | null): HTMLElement =>
            element(
                "tr",
                { class: "total" },
                element("td", {}, name),
                element("td", { class: "number", title: exactBytes(bytes) }, formatBytes(bytes)),
                element("td", { class: "number" }, other === null ? "" : formatChange(bytes - other)),
                pinned === null ? element("td", { class: "number" }, count === null ? "" : formatCount(count)) : null,
            );
        const leftOut = total.leftOut > 0 || (pinned?.leftOut ?? 0) > 0;
        replace(
            foot,
            leftOut ? row("not in this page one by one", total.leftOut, pinned?.leftOut ?? null, null) : null,
            row("total", total.bytes, pinned?.bytes ?? null, total.count),
        );
    }

    /** The key that is shown if all others are switched off in the legend. */
    function onlyShownKey(): string | null {
        const { hidden, by } = store.get();
        if (hidden.size === 0) return null;
        const left = new Set(context.device().keyTexts(by).keys.filter((key) => !hidden.has(key)));
        return left.size === 1 ? [...left][0] : null;
    }

    function showOnly(key: string | null): void {
        const others = key === null ? [] : context.device().keyTexts(store.get().by).keys.filter((other) => other !== key);
        store.set({ hidden: new Set(others) });
    }

    replace(
        host,
        element("div", { class: "head" }, title, copy),
        element("div", { class: "tools" }, element("label", { class: "field" }, "Compare with", pin.element), pinHere),
        element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Table of what is live" }, element("table", { class: "cursor-table" }, head, body, foot)),
        more,
    );
    pin.fill(context);
    draw();
    store.observe(["device"], () => ((shown = rowsAtFirst), pin.fill(context), draw()));
    store.observe(["at", "by", "pin", "hidden"], schedule);
    context.onColors(schedule);
}

function changeCell(group: ComparedGroup): HTMLElement {
    const kind = group.change > 0 ? " grown" : group.change < 0 ? " shrunk" : "";
    return element("td", { class: `number${kind}`, title: exactBytes(group.change) }, group.change === 0 ? "" : formatChange(group.change));
}

function csv(groups: readonly ComparedGroup[], comparing: boolean): string {
    if (!comparing) return toCsv(["key", "bytes", "count"], groups.map((group) => [group.key, group.bytes, group.count]));
    return toCsv(
        ["key", "bytes", "count", "pinned_bytes", "pinned_count", "change"],
        groups.map((group) => [group.key, group.bytes, group.count, group.pinnedBytes, group.pinnedCount, group.change]),
    );
}
