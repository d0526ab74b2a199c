// Builds DOM nodes. All texts of the page are added here as text, never as markup, because names in a snapshot may
// contain anything.

export type Child = Node | string | null | undefined | false;

type Listener = (event: never) => void;

/** `onclick: f` adds a listener. true: an attribute without a value; false, null and undefined: no attribute. */
export interface Attributes {
    [name: string]: string | number | boolean | null | undefined | Listener;
}

export function element<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
    node.append(...present(children));
    return node;
}

export function replace(parent: Element, ...children: Child[]): void {
    parent.replaceChildren(...present(children));
}

/** A name that may be wrapped after the separators of paths and identifiers. */
export function breakable(name: string): DocumentFragment {
    const fragment = document.createDocumentFragment();
    // A name of 100 kB would become a hundred thousand nodes.
    const parts = name.length > 2000 ? [name] : (name.match(/[^/\\_.:,]*[/\\_.:,]|[^/\\_.:,]+$/g) ?? []);
    parts.forEach((part, index) => fragment.append(...(index > 0 ? [document.createElement("wbr"), part] : [part])));
    return fragment;
}

/** Sets a property that the style sheet reads, for a colour or a width that depends on the data. */
export function withProperty<T extends HTMLElement>(node: T, name: `--${string}`, value: string): T {
    node.style.setProperty(name, value);
    return node;
}

function present(children: Child[]): (Node | string)[] {
    return children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false);
}

function setAttribute(node: HTMLElement, name: string, value: Attributes[string]): void {
    if (value === null || value === undefined || value === false) return;
    if (typeof value === "function") {
        node.addEventListener(name.slice("on".length), value as (event: Event) => void);
    } else {
        node.setAttribute(name, value === true ? "" : String(value));
    }
}
