import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallTree, TreeSums } from "../data/types";
import { boxAt, layoutFlame, rowHeight } from "../draw/flame";
import { everyNode, type FlameNode, type FlameSource, flameTree, matchedBytes, pathTo, sameNode } from "../draw/flame_tree";

type Row = [parent: number, name: string, own: number];

/** Node i + 1 is rows[i]; each function has its own file. */
function source(rows: Row[], withoutStack = 0): FlameSource {
    const parents = Int32Array.from([0, ...rows.map(([parent]) => parent)]);
    const bytes = Float64Array.from([0, ...rows.map(([, , own]) => own)]);
    for (let node = rows.length; node > 0; --node) bytes[parents[node]] += bytes[node];
    const tree = {
        nodes: parents.length,
        parents,
        frame: (node: number) => ({ file: `${rows[node - 1][1]}.py`, line: 1, function: rows[node - 1][1], python: true }),
    } as unknown as CallTree;
    const none = { bytes: 0, count: 0 };
    const sums: TreeSums = { bytes, count: bytes.map((sum) => (sum > 0 ? 1 : 0)), beforeRecording: none, withoutStack: { bytes: withoutStack, count: withoutStack > 0 ? 1 : 0 } };
    return { tree, sums, frameless: "[no stack]" };
}

const training = source([[0, "main", 0], [1, "forward", 10], [1, "backward", 30], [2, "linear", 5], [0, "idle", 0]], 55);

function names(nodes: readonly FlameNode[]): string[] {
    return nodes.map((node) => node.name);
}

test("the tree holds everything once, the heaviest first, and nothing without bytes", () => {
    const root = flameTree(training, null);
    assert.equal(root.bytes, 100);
    assert.deepEqual(names(root.children), ["[no stack]", "main"]);
    const main = root.children[1];
    assert.deepEqual(main.children.map(({ name, bytes }) => [name, bytes]), [["backward", 30], ["forward", 15]]);
    for (const node of everyNode(root)) assert.ok(node.bytes >= node.children.reduce((sum, child) => sum + child.bytes, 0), node.name);
});

test("a comparison joins the same paths and keeps what only the base has", () => {
    const base = source([[0, "main", 0], [1, "forward", 40], [1, "gone", 2]]);
    const root = flameTree(training, base);
    const main = root.children.find((node) => node.name === "main")!;
    assert.deepEqual([main.bytes, main.baseBytes], [45, 42]);
    const found = new Map(main.children.map((node) => [node.name, [node.bytes, node.baseBytes]]));
    assert.deepEqual(found, new Map([["backward", [30, 0]], ["forward", [15, 40]], ["gone", [0, 2]]]));
    assert.deepEqual(names(flameTree(training, base, "base").children[0].children), ["forward", "gone", "backward"]);
});

test("a node is found again in a tree of another moment, or its nearest caller", () => {
    const linear = [...everyNode(flameTree(training, null))].find((node) => node.name === "linear")!;
    const later = flameTree(source([[0, "main", 1], [1, "forward", 2]]), null);
    assert.deepEqual(names(pathTo(sameNode(later, linear))), ["all", "main", "forward"]);
});

test("what is found counts once, also when a caller and its callee match", () => {
    const root = flameTree(source([[0, "step", 1], [1, "step_inner", 2], [0, "other", 4]]), null);
    assert.equal(matchedBytes(root, "step"), 3);
    assert.equal(matchedBytes(root, "other.py"), 4);
    assert.equal(matchedBytes(root, "nothing"), 0);
});

test("boxes are as wide as their bytes, below their caller, and are found under the pointer", () => {
    const root = flameTree(training, null);
    const layout = layoutFlame(root, 1000, (node) => node.bytes, null);
    const box = (name: string) => layout.boxes.find(({ node }) => node.name === name)!;
    assert.deepEqual([box("main").x, box("main").width], [550, 450]);
    assert.deepEqual([box("forward").x, box("forward").width, box("forward").row], [850, 150, 2]);
    assert.equal(layout.rows, 4);
    assert.equal(boxAt(layout, 851, 2.5 * rowHeight), box("forward"));
    assert.equal(boxAt(layout, 10, 2.5 * rowHeight), null);
});

test("an opened frame has the whole width, and so have its callers", () => {
    const root = flameTree(training, null);
    const forward = [...everyNode(root)].find((node) => node.name === "forward")!;
    const layout = layoutFlame(forward, 900, (node) => node.bytes, new Set());
    assert.deepEqual(layout.boxes.map(({ node, width }) => [node.name, width]), [["all", 900], ["main", 900], ["forward", 900], ["linear", 300]]);
});

test("a run of frames that call one frame only is one row, until it is unfolded", () => {
    const root = flameTree(source([[0, "a", 0], [1, "b", 0], [2, "c", 0], [3, "d", 0], [4, "e", 0], [5, "f", 1], [5, "g", 2]]), null);
    const layout = layoutFlame(root, 300, (node) => node.bytes, new Set());
    assert.deepEqual(layout.boxes.map(({ node, row, folded }) => [node.name, row, folded?.length ?? 0]), [["all", 0, 0], ["a", 1, 0], ["b", 2, 3], ["e", 3, 0], ["g", 4, 0], ["f", 4, 0]]);
    const [a, folded] = [layout.boxes[1].node, layout.boxes[2].folded!];
    assert.equal(layoutFlame(root, 300, (node) => node.bytes, new Set([a, ...folded])).rows, 7);
    assert.equal(layoutFlame(root, 300, (node) => node.bytes, null).rows, 7);
});

test("the callers of an opened frame are folded when they are many", () => {
    const chain = source([[0, "a", 1], [1, "b", 1], [2, "c", 1], [3, "d", 1], [4, "e", 1], [5, "f", 1]]);
    const root = flameTree(chain, null);
    const last = [...everyNode(root)].find((node) => node.name === "f")!;
    const layout = layoutFlame(last, 300, (node) => node.bytes, new Set());
    assert.deepEqual(layout.boxes.map(({ node, folded }) => [node.name, folded?.length ?? 0]), [["all", 0], ["a", 3], ["d", 0], ["e", 0], ["f", 0]]);
});

test("stacks of any depth are laid out", () => {
    const deep: Row[] = Array.from({ length: 20000 }, (_, node) => [node, `f${node}`, node === 19999 ? 8 : 0]);
    const root = flameTree(source(deep), null);
    assert.equal(layoutFlame(root, 100, (node) => node.bytes, null).rows, 20001);
    assert.equal(layoutFlame(root, 100, (node) => node.bytes, new Set()).rows, 4);
});
