// The search box. In every picture, allocations that the search does not find are pale.

import type { Context } from "../app_context";
import { element } from "./element";
import { counted, formatBytes } from "../format";

const pauseMs = 150;

export function searchBox(context: Context): { element: HTMLElement; input: HTMLInputElement } {
    const { store } = context;
    let timer = 0;
    const input = element("input", {
        type: "search",
        placeholder: "Search: site, function, file, >64MiB",
        "aria-label": "Search allocations by site, function, file, address or size",
        value: store.get().search,
        oninput: () => {
            window.clearTimeout(timer);
            timer = window.setTimeout(() => store.set({ search: input.value }), pauseMs);
        },
    });
    const found = element("span", { class: "note found", "aria-live": "polite" });

    function drawFound(): void {
        const live = context.colors().foundAt(store.get().at);
        found.textContent = live === null ? "" : `${counted(live.count, "found", "found")} live at the cursor, ${formatBytes(live.bytes)}`;
    }

    drawFound();
    context.onColors(drawFound);
    store.observe(["at"], drawFound);
    store.observe(["search"], () => {
        if (document.activeElement !== input) input.value = store.get().search;
    });
    return { element: element("div", { class: "search" }, found, input), input };
}
