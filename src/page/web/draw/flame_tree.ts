// The nodes of a flame graph: the frames that hold memory, each with its callees, the largest first. In a
// comparison, each frame also has the bytes of the same path of calls in the base.

import type { CallTree, TreeSums } from "../data/types";

export interface FlameNode {
    name: string;
    /** `file:line`; empty for the root and for memory without a stack. */
    where: string;
    file: string;
    python: boolean;
    bytes: number;
    count: number;
    baseBytes: number;
    /** Number of ancestors; 0 for the root. */
    depth: number;
    parent: FlameNode | null;
    children: FlameNode[];
}

export interface FlameSource {
    tree: CallTree;
    sums: TreeSums;
    /** The name of memory whose stack has no frame in the tree. */
    frameless: string;
}

/** `base` is null if there is nothing to compare with; baseBytes are then 0. */
export function flameTree(source: FlameSource, base: FlameSource | null, width: "new" | "base" = "new"): FlameNode {
    const root = newNode(null, "all", "", "", true);
    const byKey = new Map<FlameNode, Map<string, FlameNode>>();
    addTree(root, byKey, source, addNew);
    if (base) addTree(root, byKey, base, addBase);
    const weight = width === "new" ? (node: FlameNode) => node.bytes : (node: FlameNode) => node.baseBytes;
    for (const node of everyNode(root)) node.children.sort((a, b) => weight(b) - weight(a));
    return root;
}

type Add = (node: FlameNode, bytes: number, count: number) => void;

function addNew(node: FlameNode, bytes: number, count: number): void {
    node.bytes += bytes;
    node.count += count;
}

function addBase(node: FlameNode, bytes: number): void {
    node.baseBytes += bytes;
}

// Parents come before their children in a call tree, so each parent exists before its children in this one pass.
function addTree(root: FlameNode, byKey: Map<FlameNode, Map<string, FlameNode>>, { tree, sums, frameless }: FlameSource, add: Add): void {
    const made: (FlameNode | undefined)[] = new Array(tree.nodes);
    made[0] = root;
    for (let node = 1; node < tree.nodes; ++node) {
        const parent = made[tree.parents[node]];
        if (!parent || sums.count[node] === 0) continue;
        const frame = tree.frame(node);
        const where = frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
        const child = childOf(parent, byKey, frame.function, where, frame.file, frame.python);
        add(child, sums.bytes[node], sums.count[node]);
        made[node] = child;
    }
    const { beforeRecording, withoutStack } = sums;
    for (const [name, part] of [["[before recording]", beforeRecording], [frameless, withoutStack]] as const) {
        if (part.count > 0) add(childOf(root, byKey, name, "", "", true), part.bytes, part.count);
    }
    const all = sums.bytes[0] + beforeRecording.bytes + withoutStack.bytes;
    add(root, all, sums.count[0] + beforeRecording.count + withoutStack.count);
}

function childOf(parent: FlameNode, byKey: Map<FlameNode, Map<string, FlameNode>>, name: string, where: string, file: string, python: boolean): FlameNode {
    let children = byKey.get(parent);
    if (!children) byKey.set(parent, (children = new Map()));
    const key = `${where}\n${name}`;
    let child = children.get(key);
    if (!child) {
        child = newNode(parent, name, where, file, python);
        children.set(key, child);
        parent.children.push(child);
    }
    return child;
}

function newNode(parent: FlameNode | null, name: string, where: string, file: string, python: boolean): FlameNode {
    return { name, where, file, python, bytes: 0, count: 0, baseBytes: 0, depth: parent ? parent.depth + 1 : 0, parent, children: [] };
}

/** The node and everything below it; parents first. */
export function* everyNode(root: FlameNode): Generator<FlameNode> {
    const open = [root];
    for (let node = open.pop(); node; node = open.pop()) {
        yield node;
        for (const child of node.children) open.push(child);
    }
}

/** The path from the root to `node`, both included. */
export function pathTo(node: FlameNode): FlameNode[] {
    const path: FlameNode[] = [];
    for (let at: FlameNode | null = node; at; at = at.parent) path.unshift(at);
    return path;
}

/** The node with the same path of names in another tree, or its deepest ancestor that exists there. */
export function sameNode(root: FlameNode, old: FlameNode): FlameNode {
    let at = root;
    for (const step of pathTo(old).slice(1)) {
        const next = at.children.find((child) => child.name === step.name && child.where === step.where);
        if (!next) break;
        at = next;
    }
    return at;
}

/** Whether the function or its file contains `needle`, which must be in lower case. */
export function matches(node: FlameNode, needle: string): boolean {
    return node.name.toLowerCase().includes(needle) || node.where.toLowerCase().includes(needle);
}

/** The bytes of the outermost frames that match, so that nothing is counted twice. */
export function matchedBytes(root: FlameNode, needle: string): number {
    let sum = 0;
    const open = [root];
    for (let node = open.pop(); node; node = open.pop()) {
        if (node.parent && matches(node, needle)) sum += node.bytes;
        else open.push(...node.children);
    }
    return sum;
}

export function changeOf(node: FlameNode): number {
    return node.bytes - node.baseBytes;
}
