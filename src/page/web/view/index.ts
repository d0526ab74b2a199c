// The frame of the page: its head, its tabs, and the view in each tab.

import type { Context } from "../app_context";
import { mountTimeline } from "../draw/timeline";
import type { View } from "../state";
import { copyButton } from "./clipboard";
import { mountCompare } from "./compare_view";
import { mountCursorTable } from "./cursor_table";
import { detailsHint, mountDetails } from "./details";
import { element, replace } from "./element";
import { mountFlame } from "./flame_view";
import { formatBytes } from "../format";
import { helpDialog } from "./help";
import { mountLegend } from "./legend";
import { mountMomentBar } from "./moment_bar";
import { mountRanks } from "./ranks_view";
import { searchBox } from "./search_box";
import { mountSegments } from "./segments_view";
import { mountSummary } from "./summary_view";
import { mountTables } from "./tables_view";
import { type Tab, tabs } from "./tabs";

type ViewTab = Tab & { name: View; mount: (host: HTMLElement, context: Context) => void };

/** The names of the views that the page has, in the order of their tabs. */
export function viewNames(context: Context): View[] {
    return viewTabs(context).map((tab) => tab.name);
}

export function mountViews(root: HTMLElement, context: Context): void {
    const { store } = context;
    const all = viewTabs(context);
    const bar = tabs("Views", all, (name) => store.set({ view: name as View }));
    const help = helpDialog();
    const search = context.hasDevice() ? searchBox(context) : null;

    replace(root, element("div", { class: "page" }, element("header", {}, masthead(context, search?.element ?? null, help), bar.list), element("main", {}, bar.panels)), help);

    // A view is made when its tab is shown for the first time, because a page opens on one tab.
    const mounted = new Set<View>();
    function show(): void {
        const wanted = store.get().view;
        const tab = all.find((one) => one.name === wanted) ?? all[0];
        bar.show(tab.name);
        if (mounted.has(tab.name)) return;
        mounted.add(tab.name);
        tab.mount(tab.panel, context);
    }
    show();
    store.observe(["view"], show);
    document.addEventListener("keydown", (event) => onKey(event, { tabs: all, context, help, search: search?.input ?? null }));
}

function viewTabs(context: Context): ViewTab[] {
    const { mode } = context.page.model;
    const list: ViewTab[] = [];
    const add = (name: View, label: string, mount: ViewTab["mount"]): void => void list.push({ name, label, mount, panel: element("section") });
    add("summary", "Summary", mountSummary);
    if (mode === "compare") add("compare", "Compare", mountCompare);
    if (mode === "ranks") add("ranks", "Ranks", mountRanks);
    if (!context.hasDevice()) return list;
    add("timeline", "Timeline", mountTimelineView);
    if (context.archive.tree) add("flame", "Flame graph", mountFlame);
    add("segments", "Segments", mountSegments);
    add("tables", "Tables", mountTables);
    return list;
}

function mountTimelineView(host: HTMLElement, context: Context): void {
    const picture = element("div", { class: "timeline-host" });
    const momentBar = element("div", { class: "tools" });
    const legend = element("div", { class: "tools legend-bar" });
    const table = element("section", { class: "card cursor-card", "aria-label": "Live at the cursor" });
    const details = element("section", { class: "card details", "aria-label": "Selected allocation" });
    host.classList.add("fixed", "timeline-panel");
    replace(
        host,
        momentBar,
        legend,
        element("div", { class: "timeline-view" }, picture, element("div", { class: "aside" }, details, table, element("p", { class: "note" }, detailsHint))),
    );
    mountMomentBar(momentBar, context);
    mountLegend(legend, context);
    mountTimeline(picture, context);
    mountCursorTable(table, context);
    mountDetails(details, context);
}

function masthead(context: Context, search: HTMLElement | null, help: HTMLDialogElement): HTMLElement {
    const link = copyButton("Copy link", () => location.href.split("#")[0] + context.link(), { title: "A link to what the page shows now" });
    return element(
        "div",
        { class: "masthead" },
        element("div", { class: "title" }, element("h1", {}, titleOf(context)), element("span", { class: "origin" }, originOf(context))),
        deviceSelect(context),
        element(
            "div",
            { class: "tools" },
            search,
            link,
            element("button", { type: "button", onclick: () => window.print() }, "Print"),
            element("button", { type: "button", title: "Keys (?)", "aria-label": "Keys", onclick: () => help.showModal() }, "?"),
        ),
    );
}

function titleOf(context: Context): string {
    const { mode, archives } = context.page.model;
    if (mode === "compare") return `${archives[0].name} against ${archives[1].name}`;
    if (mode === "ranks") return `${archives.length} archives`;
    return archives[0].name;
}

function originOf(context: Context): string {
    const { mode, archives } = context.page.model;
    const [{ source, rank }] = archives;
    if (mode !== "one") return "";
    return `${rank === null ? "" : `rank ${rank}, `}${source.name}, ${formatBytes(source.bytes)}`;
}

function deviceSelect(context: Context): HTMLElement | null {
    const devices = context.archive.model.devices;
    if (!context.hasDevice() || devices.length < 2) return null;
    const select = element(
        "select",
        { onchange: () => void context.go({ device: Number(select.value) }) },
        ...devices.map((device, index) => element("option", { value: index }, device.kind === "host" ? "host memory" : `device ${device.device}`)),
    );
    const show = (): void => void (select.value = String(context.store.get().device));
    show();
    context.store.observe(["device"], show);
    return element("label", { class: "field" }, "Device", select);
}

interface Keys {
    tabs: ViewTab[];
    context: Context;
    help: HTMLDialogElement;
    search: HTMLInputElement | null;
}

function onKey(event: KeyboardEvent, { tabs: all, context, help, search }: Keys): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || help.open) return;
    const tab = /^[1-9]$/.test(event.key) ? all[Number(event.key) - 1] : undefined;
    if (event.key === "?") help.showModal();
    else if (event.key === "/" && search) search.focus();
    else if (event.key === "Escape") context.store.set({ row: null });
    else if (tab) context.store.set({ view: tab.name });
    else return;
    event.preventDefault();
}

function isTyping(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}
