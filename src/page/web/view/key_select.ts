// The choice of the key that groups the table at the cursor and colours the pictures.

import type { Context } from "../app_context";
import type { KeyKind } from "../data/model";
import { element, replace } from "./element";

const names: Record<KeyKind, string> = {
    category: "category",
    site: "site",
    "user-frame": "user frame",
    op: "operator",
    function: "function",
    file: "file",
    node: "autograd node",
    phase: "phase",
    module: "module",
    stream: "stream",
    pool: "pool",
    size: "size",
    origin: "origin",
};

export function keyName(kind: KeyKind): string {
    return names[kind];
}

export function keySelect(context: Context): HTMLSelectElement {
    const { store } = context;
    const select = element("select", { onchange: () => store.set({ by: select.value as KeyKind }) });

    function fill(): void {
        replace(select, ...context.device().keyKinds.map((kind) => element("option", { value: kind }, keyName(kind))));
        select.value = store.get().by;
    }
    fill();
    store.observe(["device", "by"], fill);
    return select;
}
