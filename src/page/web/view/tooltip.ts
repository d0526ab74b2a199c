// One tooltip for all pictures: it follows the pointer and stays inside the window.

import { element, replace } from "./element";
import { shortened } from "../format";

const distance = 14;

let box: HTMLElement | null = null;

/** The first line is emphasised. */
export function showTooltip(event: MouseEvent, lines: readonly string[]): void {
    if (!box) {
        box = element("div", { class: "tooltip", "aria-hidden": "true" });
        document.body.append(box);
    }
    replace(box, ...lines.map((line, index) => element("div", { class: index === 0 ? "strong" : null }, shortened(line, 300))));
    box.hidden = false;
    const { offsetWidth, offsetHeight } = box;
    const right = event.clientX + distance + offsetWidth > window.innerWidth;
    const below = event.clientY + distance + offsetHeight > window.innerHeight;
    box.style.left = `${Math.max(0, right ? event.clientX - distance - offsetWidth : event.clientX + distance)}px`;
    box.style.top = `${Math.max(0, below ? event.clientY - distance - offsetHeight : event.clientY + distance)}px`;
}

export function hideTooltip(): void {
    if (box) box.hidden = true;
}
