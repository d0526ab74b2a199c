// The texts beside a flame graph: the path to the open frame, and its callees as a table.

import { changeOf, type FlameNode, pathTo } from "../draw/flame_tree";
import { type Column, dataTable } from "./data_table";
import { element } from "./element";
import { counted, formatBytes, shortened } from "../format";

const mostSteps = 7;
const mostCharacters = 60;

/** The items of the breadcrumb. A long path has only its root and its last frames. */
export function breadcrumb(node: FlameNode, open: (node: FlameNode) => void): HTMLElement[] {
    const path = pathTo(node);
    if (path.length === 1) return [element("li", { class: "note" }, "Click a frame to open it.")];
    const last = path.slice(Math.max(1, path.length - mostSteps + 2));
    const leftOut = path.length - 1 - last.length;
    const gap = leftOut > 0 ? [element("li", { title: counted(leftOut, "caller") }, "…")] : [];
    return [step(path[0], node, open), ...gap, ...last.map((one) => step(one, node, open))];
}

function step(node: FlameNode, here: FlameNode, open: (node: FlameNode) => void): HTMLElement {
    const text = node.parent ? shortened(node.name, mostCharacters) : `all, ${formatBytes(node.bytes)}`;
    if (node === here) return element("li", { "aria-current": "true" }, text);
    return element("li", {}, element("button", { type: "button", class: "link", title: node.where, onclick: () => open(node) }, text));
}

export function calleeTable(node: FlameNode, comparing: boolean, open: (node: FlameNode) => void): HTMLElement[] {
    const own = node.bytes - node.children.reduce((sum, child) => sum + child.bytes, 0);
    const itself = own > 0 && node.parent ? `, ${formatBytes(own)} by itself` : "";
    return [
        element("h2", {}, node.parent ? `Called by ${shortened(node.name, 2 * mostCharacters)}` : "Outermost frames"),
        element("p", { class: "note" }, `${formatBytes(node.bytes)} in ${counted(node.count, "allocation")}${itself}`),
        node.children.length > 0 ? callees(node, comparing, open) : element("p", { class: "note" }, "It calls nothing that holds memory."),
    ];
}

function callees(node: FlameNode, comparing: boolean, open: (node: FlameNode) => void): HTMLElement {
    const columns: Column[] = [
        { name: "callee", unit: null },
        { name: "bytes", unit: "bytes", bar: !comparing },
        comparing ? { name: "change", unit: "change" } : { name: "count", unit: "count" },
    ];
    const rows = node.children.map((child) => {
        const name = child.where === "" ? child.name : `${child.name}  ${child.where.split(/[/\\]/).pop()}`;
        return [name, child.bytes, comparing ? changeOf(child) : child.count];
    });
    const ofRow = new Map<unknown, FlameNode>(rows.map((row, index) => [row, node.children[index]]));
    return dataTable({ caption: "Callees", columns, rows, onRow: (row) => open(ofRow.get(row)!) });
}
