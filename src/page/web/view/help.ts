// The panel that explains the keys. The key `?` opens it.

import { element } from "./element";

const groups: [string, [string[], string][]][] = [
    [
        "Everywhere",
        [
            [["1", "…", "7"], "choose a tab"],
            [["/"], "search: a site, function, file, address, or a size such as >64MiB"],
            [["?"], "this panel"],
        ],
    ],
    [
        "Timeline",
        [
            [["W", "S"], "zoom in and out, also + and −, or the wheel; Alt and the wheel: bytes"],
            [["A", "D"], "move left and right, also by dragging, or Shift and the wheel"],
            [["Shift"], "and dragging: zoom into a box"],
            [["0"], "show everything"],
            [["←", "→"], "move the cursor by one event; with Shift by a twentieth of the window"],
            [["Home", "End"], "move the cursor to the first or the last event"],
            [["↑", "↓"], "select the allocation above or below"],
            [["P"], "pin the cursor as the second moment, or unpin it"],
            [["R"], "ruler between two points, also Alt and dragging"],
            [["double click"], "show the life of an allocation"],
            [["Esc"], "unselect"],
        ],
    ],
    [
        "Flame graph and segments",
        [
            [["←", "→", "↑", "↓"], "move between frames or blocks"],
            [["Enter"], "open a frame"],
            [["Backspace"], "back to its caller"],
        ],
    ],
];

export function helpDialog(): HTMLDialogElement {
    const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
    const dialog = element(
        "dialog",
        { "aria-labelledby": "help-title" },
        element("div", { class: "head" }, element("h1", { id: "help-title" }, "Keys"), close),
        ...groups.flatMap(([title, keys]) => [element("h2", {}, title), keyList(keys)]),
    );
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
    });
    return dialog;
}

function keyList(keys: [string[], string][]): HTMLElement {
    const list = element("dl", { class: "facts" });
    for (const [names, meaning] of keys) {
        list.append(element("dt", {}, ...names.flatMap((name, index) => [index > 0 ? " " : "", element("kbd", {}, name)])), element("dd", {}, meaning));
    }
    return list;
}
