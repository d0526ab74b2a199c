// The flame graph with its controls: which memory, which frames, the path to the open frame, and its callees.

import type { Context } from "../app_context";
import type { CallTree, TreeMoment } from "../data/types";
import { type FlameNode, type FlameSource, flameTree, matchedBytes } from "../draw/flame_tree";
import { element, replace } from "./element";
import { FlamePicture } from "./flame_picture";
import { breadcrumb, calleeTable } from "./flame_table";
import { formatBytes, formatShare } from "../format";
import { mountMomentBar } from "./moment_bar";
import { hideTooltip } from "./tooltip";

type What = "cursor" | "peak" | "unfreed" | "allocated" | "change";

const choices: [What, string][] = [
    ["cursor", "live at the cursor"],
    ["peak", "live at the peak"],
    ["unfreed", "allocated in the trace and not freed"],
    ["allocated", "allocated in all"],
];

export function mountFlame(host: HTMLElement, context: Context): void {
    const { store, page } = context;
    const comparable = page.model.mode === "compare";
    let what: What = comparable ? "change" : "cursor";
    let width: "new" | "base" = "new";
    let pythonOnly = true;
    let root: FlameNode | null = null;
    let stale = false;
    let builds = 0;

    const crumbs = element("ol", { class: "breadcrumb", "aria-label": "Path of calls" });
    const table = element("section", { class: "card", "aria-label": "Callees as a table" });
    const found = element("span", { class: "note", "aria-live": "polite" });
    const momentBar = element("div", { class: "tools" });
    const picture = new FlamePicture(drawBeside);

    const whatSelect = element(
        "select",
        { onchange: () => ((what = whatSelect.value as What), void rebuild()) },
        comparable ? element("option", { value: "change" }, "change of the peak") : null,
        ...choices.map(([value, label]) => element("option", { value }, label)),
    );
    const widthSelect = element(
        "select",
        { onchange: () => ((width = widthSelect.value as "new" | "base"), void rebuild()) },
        element("option", { value: "new" }, "new"),
        element("option", { value: "base" }, "base"),
    );
    const widthField = element("label", { class: "field" }, "Width", widthSelect);
    const python = element("button", { type: "button", "aria-pressed": "true", onclick: () => choosePython(true) }, "Python only");
    const all = element("button", { type: "button", "aria-pressed": "false", onclick: () => choosePython(false) }, "All frames");
    const fold = element(
        "button",
        { type: "button", "aria-pressed": "true", title: "Show runs of frames that call one frame only as one row", onclick: toggleFolding },
        "Fold runs",
    );

    function drawBeside(node: FlameNode): void {
        replace(crumbs, ...breadcrumb(node, (one) => picture.open(one)));
        replace(table, ...calleeTable(node, what === "change", (one) => picture.open(one)));
    }

    function choosePython(only: boolean): void {
        pythonOnly = only;
        python.setAttribute("aria-pressed", String(only));
        all.setAttribute("aria-pressed", String(!only));
        void rebuild();
    }

    function toggleFolding(): void {
        const folding = fold.getAttribute("aria-pressed") !== "true";
        fold.setAttribute("aria-pressed", String(folding));
        picture.fold(folding);
    }

    // The sums are computed when the tab is visible, not at every move of the cursor on another tab.
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
        const build = ++builds;
        widthField.hidden = what !== "change";
        momentBar.hidden = what !== "cursor";
        const tree = pythonOnly ? context.archive.pythonTree : context.archive.tree;
        if (!tree) return;
        const base = what === "change" ? await baseSource() : null;
        if (build !== builds) return;  // the user has changed the choice since
        root = flameTree({ tree, sums: context.device().treeSums(momentOf(), tree), frameless: frameless() }, base, width);
        picture.show(root, what === "change", what === "change" && width === "base" ? (node) => node.baseBytes : (node) => node.bytes);
        drawFound();
    }

    function frameless(): string {
        return pythonOnly ? "[no Python frame]" : "[no stack]";
    }

    function momentOf(): TreeMoment {
        if (what === "unfreed" || what === "allocated") return what;
        return (what === "cursor" ? null : context.device().moment("peak")) ?? store.get().at;
    }

    async function baseSource(): Promise<FlameSource | null> {
        const base = await page.archive(1);
        const tree: CallTree | null = pythonOnly ? base.pythonTree : base.tree;
        const number = context.device().model.device;
        const index = base.model.devices.findIndex((device) => device.device === number);
        const sums = tree && index >= 0 ? base.treeSumsAtPeak(index, tree) : null;
        return tree && sums ? { tree, sums, frameless: frameless() } : null;
    }

    // A search for sizes, such as >64MiB, finds allocations, not frames.
    function needle(): string {
        const text = store.get().search.trim().toLowerCase();
        return /^[<>=]/.test(text) ? "" : text;
    }

    function drawFound(): void {
        const bytes = root && needle() !== "" ? matchedBytes(root, needle()) : null;
        found.textContent = bytes === null ? "" : `found: ${formatBytes(bytes)}, ${formatShare(bytes, root!.bytes)}`;
        picture.search(needle());
    }

    mountMomentBar(momentBar, context);
    host.classList.add("fixed");
    replace(
        host,
        element(
            "div",
            { class: "tools" },
            element("label", { class: "field" }, "Memory", whatSelect),
            element("div", { class: "choice", role: "group", "aria-label": "Frames" }, python, all),
            fold,
            widthField,
            found,
        ),
        momentBar,
        crumbs,
        element("div", { class: "flame-view" }, picture.box, table),
        picture.spoken,
    );
    store.observe(["device", "at"], invalidate);
    store.observe(["search"], drawFound);
    store.observe(["view"], () => {
        hideTooltip();
        refresh();
    });
    void rebuild();
}
