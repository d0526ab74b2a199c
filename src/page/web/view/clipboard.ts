// Copies text, and shows on the button that it was copied.

import { element } from "./element";

const shownMs = 1500;

export function copyButton(label: string, text: () => string, attributes: { class?: string; title?: string } = {}): HTMLButtonElement {
    const button = element("button", { type: "button", ...attributes, onclick: copy }, label);
    let timer = 0;

    async function copy(): Promise<void> {
        const done = await copyText(text());
        button.textContent = done ? "Copied" : "Not copied";
        announce(done ? "Copied to the clipboard" : "The browser does not let the page copy");
        window.clearTimeout(timer);
        timer = window.setTimeout(() => (button.textContent = label), shownMs);
    }
    return button;
}

async function copyText(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copySelection(text);
    }
}

// A page from file:// may have no clipboard interface, but it can copy a selected text.
function copySelection(text: string): boolean {
    const area = element("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: -1 });
    const focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
    return done;
}

let status: HTMLElement | null = null;

/** Says a sentence to screen readers without moving the focus. */
export function announce(sentence: string): void {
    if (!status) {
        status = element("div", { class: "visually-hidden", role: "status" });
        document.body.append(status);
    }
    status.textContent = sentence;
}
