// The flame graph with its controls: which memory, which frames, the way down, and the callees as a table.

import type { Context } from "../app_context";
import type { CallTree, TreeMoment } from "../data/types";
import { type FlameLayout, boxAt, type FlameStyle, layoutFlame, paintFlame, rowHeight } from "../draw/flame";
import { everyNode, type FlameNode, type FlameSource, flameTree, matchedBytes, pathTo, sameNode } from "../draw/flame_tree";
import { scrollCanvas } from "../draw/scroll_canvas";
import { onThemeChange, theme } from "../draw/theme";
import { dataTable } from "./data_table";
import { element, replace } from "./element";
import { counted, formatBytes, formatChange, formatShare, shortened } from "../format";
import { mountMomentBar } from "./moment_bar";
import { hideTooltip, showTooltip } from "./tooltip";

type What = "cursor" | "peak" | "unfreed" | "allocated" | "change";

const choices: [What, string][] = [
    ["cursor", "live at the cursor"],
    ["peak", "live at the peak"],
    ["unfreed", "allocated in the trace and not freed"],
    ["allocated", "allocated in all"],
];

export function mountFlame(host: HTMLElement, context: Context): void {
    const { store, page } = context;
    const comparing = page.model.mode === "compare";
    let what: What = comparing ? "change" : "cursor";
    let width: "new" | "base" = "new";
    let pythonOnly = true;
    let root: FlameNode | null = null;
    let focus: FlameNode | null = null;
    let selected: FlameNode | null = null;
    let layout: FlameLayout = { boxes: [], rows: 0 };
    let largestChange = 0;
    let stale = false;
    let folding = true;
    const unfolded = new Set<FlameNode>();

    const whatSelect = element(
        "select",
        { onchange: () => ((what = whatSelect.value as What), rebuild()) },
        comparing ? element("option", { value: "change" }, "change of the peak") : null,
        ...choices.map(([value, label]) => element("option", { value }, label)),
    );
    const widthSelect = element("select", { onchange: () => ((width = widthSelect.value as "new" | "base"), rebuild()) }, element("option", { value: "new" }, "new"), element("option", { value: "base" }, "base"));
    const widthField = element("label", { class: "field" }, "Width", widthSelect);
    const python = frameButton("Python only", true);
    const all = frameButton("All frames", false);
    const fold = element("button", { type: "button", "aria-pressed": "true", title: "Show runs of frames that call one frame only as one row", onclick: toggleFolding }, "Fold runs");
    const found = element("span", { class: "note", "aria-live": "polite" });
    const momentBar = element("div", { class: "tools" });
    const crumbs = element("ol", { class: "breadcrumb", "aria-label": "Path of calls" });
    const box = element("div", { class: "picture" });
    const table = element("section", { class: "card aside-table", "aria-label": "Callees as a table" });
    const spoken = element("p", { class: "visually-hidden", "aria-live": "polite" });

    const picture = scrollCanvas(
        box,
        (canvas, view) => {
            if (focus) paintFlame(canvas, layout, view, style(focus));
        },
        () => relayout(),
    );
    picture.canvas.tabIndex = 0;
    picture.canvas.setAttribute("role", "application");
    picture.canvas.setAttribute("aria-label", "Flame graph. Arrow keys move, Enter opens a frame, Backspace goes back. The table beside it has the same figures.");

    function style(at: FlameNode): FlameStyle {
        return { theme: theme(), needle: needle(), comparing: what === "change", largestChange, selected, focus: at };
    }

    // A search for sizes, such as >64MiB, is about allocations and not about frames.
    function needle(): string {
        const { search } = store.get();
        return /^[<>=]/.test(search.trim()) ? "" : search.trim().toLowerCase();
    }

    const weight = (node: FlameNode): number => (what === "change" && width === "base" ? node.baseBytes : node.bytes);

    // The sums are made when the tab is seen, not at every move of the cursor on another tab.
    function invalidate(): void {
        if (stale) return;
        stale = true;
        requestAnimationFrame(refresh);
    }

    function refresh(): void {
        if (stale && store.get().view === "flame") void rebuild();
    }

    async function rebuild(): Promise<void> {
        stale = false;
        const tree = pythonOnly ? context.archive.pythonTree : context.archive.tree;
        widthField.hidden = what !== "change";
        momentBar.hidden = what !== "cursor";
        if (!tree) {
            replace(crumbs, element("li", {}, "The page has no stacks."));
            return;
        }
        const next = flameTree({ tree, sums: context.device().treeSums(momentOf(), tree), frameless: frameless() }, what === "change" ? await baseSource() : null, width);
        focus = focus ? sameNode(next, focus) : next;
        root = next;
        selected = null;
        unfolded.clear();
        largestChange = what === "change" ? largestChangeBelow(next) : 0;
        relayout();
    }

    function frameless(): string {
        return pythonOnly ? "[no Python frame]" : "[no stack]";
    }

    function momentOf(): TreeMoment {
        const device = context.device();
        if (what === "unfreed" || what === "allocated") return what;
        return (what === "cursor" ? null : device.moment("peak")) ?? store.get().at;
    }

    async function baseSource(): Promise<FlameSource | null> {
        const base = await page.archive(1);
        const tree: CallTree | null = pythonOnly ? base.pythonTree : base.tree;
        const number = context.device().model.device;
        const index = base.model.devices.findIndex((device) => device.device === number);
        const sums = tree && index >= 0 ? base.treeSumsAtPeak(index, tree) : null;
        return tree && sums ? { tree, sums, frameless: frameless() } : null;
    }

    function relayout(): void {
        if (!focus) return;
        layout = layoutFlame(focus, picture.width(), weight, folding ? unfolded : null);
        picture.setHeight(layout.rows * rowHeight + 4);
        drawCrumbs();
        drawTable();
        drawFound();
    }

    function open(node: FlameNode): void {
        focus = node;
        selected = null;
        relayout();
        reveal(node);
    }

    function reveal(node: FlameNode): void {
        const place = layout.boxes.find((one) => one.node === node);
        if (place) picture.reveal(place.row * rowHeight, (place.row + 1) * rowHeight);
    }

    function toggleFolding(): void {
        folding = !folding;
        unfolded.clear();
        fold.setAttribute("aria-pressed", String(folding));
        relayout();
    }

    function unfold(nodes: readonly FlameNode[]): void {
        for (const node of nodes) {
            unfolded.add(node);
            if (node.parent) unfolded.add(node.parent);
        }
        relayout();
    }

    function drawCrumbs(): void {
        const whole = pathTo(focus!);
        if (whole.length === 1) {
            replace(crumbs, element("li", { class: "note" }, "Click a frame to open it."));
            return;
        }
        const shown = whole.length <= 7 ? whole : [whole[0], null, ...whole.slice(-5)];
        replace(
            crumbs,
            ...shown.map((node, index, path) => {
                if (node === null) return element("li", { title: counted(whole.length - 6, "caller") }, "…");
                const text = index === 0 ? `all, ${formatBytes(node.bytes)}` : node.name;
                if (index === path.length - 1) return element("li", { "aria-current": "true" }, shortened(text, 60));
                return element("li", {}, element("button", { type: "button", class: "link", title: node.where, onclick: () => open(node) }, shortened(text, 60)));
            }),
        );
    }

    function drawTable(): void {
        const here = focus!;
        const change = what === "change";
        const columns = change
            ? [{ name: "callee", unit: null }, { name: "bytes", unit: "bytes" as const }, { name: "change", unit: "change" as const }]
            : [{ name: "callee", unit: null }, { name: "bytes", unit: "bytes" as const, bar: true }, { name: "count", unit: "count" as const }];
        const rows = here.children.map((child) => {
            const name = child.where === "" ? child.name : `${child.name}  ${child.where.split(/[/\\]/).pop()}`;
            return change ? [name, child.bytes, changeOf(child)] : [name, child.bytes, child.count];
        });
        const open_ = (row: unknown): void => {
            const at = rows.indexOf(row as (typeof rows)[number]);
            if (at >= 0) open(here.children[at]);
        };
        const below = here.children.reduce((sum, child) => sum + child.bytes, 0);
        const own = here.bytes - below;
        replace(
            table,
            element("h2", {}, here.parent ? `Called by ${shortened(here.name, 120)}` : "Outermost frames"),
            element("p", { class: "note" }, `${formatBytes(here.bytes)} in ${counted(here.count, "allocation")}${own > 0 && here.parent ? `, ${formatBytes(own)} by itself` : ""}`),
            rows.length > 0 ? dataTable({ caption: "Callees", columns, rows, onRow: open_ }) : element("p", { class: "note" }, "It calls nothing that holds memory."),
        );
    }

    function drawFound(): void {
        const searching = root !== null && needle() !== "";
        const bytes = searching ? matchedBytes(root!, needle()) : 0;
        found.textContent = searching ? `found: ${formatBytes(bytes)}, ${formatShare(bytes, root!.bytes)}` : "";
        picture.repaint();
    }

    function frameButton(label: string, value: boolean): HTMLButtonElement {
        const press = (): void => {
            pythonOnly = value;
            drawChoice();
            void rebuild();
        };
        return element("button", { type: "button", onclick: press }, label);
    }

    function drawChoice(): void {
        python.setAttribute("aria-pressed", String(pythonOnly));
        all.setAttribute("aria-pressed", String(!pythonOnly));
    }

    function lines(node: FlameNode): string[] {
        const bytes = `${formatBytes(node.bytes)}, ${formatShare(node.bytes, root!.bytes)} of all, ${counted(node.count, "allocation")}`;
        const base = `base ${formatBytes(node.baseBytes)}, change ${formatChange(changeOf(node))}`;
        return [node.name.slice(0, 400), node.where, bytes, what === "change" ? base : ""].filter((line) => line !== "");
    }

    picture.canvas.addEventListener("mousemove", (event) => {
        const { x, y } = picture.place(event);
        const hit = boxAt(layout, x, y);
        picture.canvas.classList.toggle("pointing", hit !== null);
        if (hit?.folded) showTooltip(event, [counted(hit.folded.length, "frame"), ...namesOf(hit.folded), "Click to unfold"]);
        else if (hit) showTooltip(event, lines(hit.node));
        else hideTooltip();
    });
    picture.canvas.addEventListener("mouseleave", hideTooltip);
    picture.canvas.addEventListener("click", (event) => {
        const { x, y } = picture.place(event);
        const hit = boxAt(layout, x, y);
        if (hit?.folded) unfold(hit.folded);
        else if (hit) open(hit.node);
    });
    picture.canvas.addEventListener("keydown", (event) => {
        if (!focus) return;
        const target = moveTo(event.key, selected ?? focus);
        if (event.key === "Enter" && selected) open(selected);
        else if ((event.key === "Backspace" || event.key === "Escape") && focus.parent) open(focus.parent);
        else if (target) select(target);
        else return;
        event.preventDefault();
        event.stopPropagation();
    });

    function select(node: FlameNode): void {
        selected = node;
        spoken.textContent = lines(node).join(", ");
        const inside = layout.boxes.find((one) => one.folded?.includes(node));
        if (inside?.folded) unfold(inside.folded);
        reveal(node);
        picture.repaint();
    }

    drawChoice();
    mountMomentBar(momentBar, context);
    host.classList.add("fixed");
    replace(
        host,
        element("div", { class: "tools" }, element("label", { class: "field" }, "Memory", whatSelect), element("div", { class: "choice", role: "group", "aria-label": "Frames" }, python, all), fold, widthField, found),
        momentBar,
        crumbs,
        element("div", { class: "flame-view" }, box, table),
        spoken,
    );
    onThemeChange(() => picture.repaint());
    store.observe(["device", "at"], invalidate);
    store.observe(["search"], drawFound);
    store.observe(["view"], () => {
        hideTooltip();
        refresh();
    });
    void rebuild();
}

function changeOf(node: FlameNode): number {
    return node.bytes - node.baseBytes;
}

/** The first and the last of many frames. */
function namesOf(nodes: readonly FlameNode[]): string[] {
    const names = nodes.map((node) => `${node.name}  ${node.where.split(/[/\\]/).pop()}`);
    return names.length <= 12 ? names : [...names.slice(0, 6), "…", ...names.slice(-5)];
}

function largestChangeBelow(root: FlameNode): number {
    let largest = 0;
    for (const node of everyNode(root)) if (node !== root) largest = Math.max(largest, Math.abs(changeOf(node)));
    return largest;
}

/** The frame beside, above or below. */
function moveTo(key: string, from: FlameNode): FlameNode | null {
    const siblings = from.parent?.children ?? [];
    const at = siblings.indexOf(from);
    switch (key) {
        case "ArrowUp":
            return from.parent;
        case "ArrowDown":
            return from.children[0] ?? null;
        case "ArrowLeft":
            return siblings[at - 1] ?? null;
        case "ArrowRight":
            return siblings[at + 1] ?? null;
        default:
            return null;
    }
}
