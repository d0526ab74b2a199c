// Tabs that follow the ARIA pattern: arrow keys move between them, and the panel of the chosen tab is shown.

import { element } from "./element";

export interface Tab {
    name: string;
    label: string;
    panel: HTMLElement;
}

export interface Tabs {
    list: HTMLElement;
    panels: HTMLElement;
    /** Shows a panel without calling `onChoose`. */
    show(name: string): void;
}

export function tabs(label: string, all: Tab[], onChoose: (name: string) => void): Tabs {
    const buttons = all.map((tab) =>
        element(
            "button",
            { type: "button", role: "tab", id: `tab-${tab.name}`, "aria-controls": `panel-${tab.name}`, "data-view": tab.name, onclick: () => onChoose(tab.name) },
            tab.label,
        ),
    );
    for (const tab of all) {
        tab.panel.id = `panel-${tab.name}`;
        tab.panel.setAttribute("role", "tabpanel");
        tab.panel.setAttribute("aria-labelledby", `tab-${tab.name}`);
        tab.panel.classList.add("panel");
    }

    function show(name: string): void {
        all.forEach((tab, index) => {
            const chosen = tab.name === name;
            tab.panel.hidden = !chosen;
            buttons[index].setAttribute("aria-selected", String(chosen));
            buttons[index].tabIndex = chosen ? 0 : -1;
        });
    }

    function move(event: KeyboardEvent): void {
        const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
        const target = targetOf(event.key, at, buttons.length);
        if (at < 0 || target === null) return;
        event.preventDefault();
        event.stopPropagation();
        buttons[target].focus();
        onChoose(all[target].name);
    }

    const list = element("div", { role: "tablist", "aria-label": label, class: "tabs", onkeydown: move }, ...buttons);
    return { list, panels: element("div", { class: "panels" }, ...all.map((tab) => tab.panel)), show };
}

function targetOf(key: string, at: number, count: number): number | null {
    switch (key) {
        case "ArrowRight":
            return (at + 1) % count;
        case "ArrowLeft":
            return (at + count - 1) % count;
        case "Home":
            return 0;
        case "End":
            return count - 1;
        default:
            return null;
    }
}
