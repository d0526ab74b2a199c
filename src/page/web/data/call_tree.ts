// The stacks of an archive as a tree of calls, outermost frame first.
import type { Blocks } from "./blocks";
import type { StackModel, TreeModel } from "./model";
import type { CallTree, Frame } from "./types";

const PYTHON = 0;

class Tree implements CallTree {
    private children: (readonly number[])[] | null = null;

    constructor(
        private readonly model: TreeModel,
        readonly parents: Int32Array,
        /** Index in model.frames of each node. */
        private readonly frames: Int32Array,
        private readonly kinds: Uint8Array,
        readonly nodeOfStack: Int32Array,
    ) {}

    get nodes(): number {
        return this.parents.length;
    }

    frame(node: number): Frame {
        const [file, line, name] = this.model.frames[this.frames[node]];
        return {
            file: this.model.files[file],
            line: line < 0 ? null : line,
            function: this.model.functions[name],
            python: this.isPython(node),
        };
    }

    frameIndex(node: number): number {
        return this.frames[node];
    }

    isPython(node: number): boolean {
        return this.kinds[node] === PYTHON;
    }

    childrenOf(node: number): readonly number[] {
        this.children ??= childLists(this.parents);
        return this.children[node];
    }

    framesOfStack(stack: number): readonly Frame[] {
        const frames: Frame[] = [];
        for (let node = this.nodeOfStack[stack]; node > 0; node = this.parents[node]) frames.push(this.frame(node));
        return frames;
    }

    // Nodes of the same frame whose paths differ only in C++ frames become one node.
    pythonOnly(): Tree {
        const parents = [0];
        const frames = [0];
        const known = new Map<string, number>();
        const of = new Int32Array(this.nodes);
        for (let node = 1; node < this.nodes; ++node) {
            const parent = of[this.parents[node]];
            of[node] = parent;
            if (!this.isPython(node)) continue;
            const key = `${parent} ${this.frames[node]}`;
            let joined = known.get(key);
            if (joined === undefined) {
                known.set(key, (joined = parents.length));
                parents.push(parent);
                frames.push(this.frames[node]);
            }
            of[node] = joined;
        }
        return new Tree(
            this.model,
            Int32Array.from(parents),
            Int32Array.from(frames),
            new Uint8Array(parents.length),
            this.nodeOfStack.map((node) => of[node]),
        );
    }
}

function childLists(parents: Int32Array): (readonly number[])[] {
    const children: number[][] = Array.from({ length: parents.length }, () => []);
    for (let node = 1; node < parents.length; ++node) children[parents[node]].push(node);
    return children;
}

export interface Trees {
    readonly all: CallTree;
    readonly python: CallTree;
}

export async function loadTrees(blocks: Blocks, model: TreeModel, stacks: readonly StackModel[]): Promise<Trees> {
    const [parents, frames, kinds] = await Promise.all([
        blocks.integers(model.parents),
        blocks.integers(model.frame_of),
        blocks.bytes(model.kinds),
    ]);
    for (let node = 1; node < parents.length; ++node) {
        if (parents[node] >= node || parents[node] < 0) throw new Error("the page is damaged: the call tree has a loop");
    }
    const all = new Tree(model, parents, frames, kinds, Int32Array.from(stacks, (stack) => stack.node));
    let python: Tree | null = null;
    return {
        all,
        get python() {
            return (python ??= all.pythonOnly());
        },
    };
}

/** Adds the value of each node to its ancestors. `own`: one value for each node; it is changed in place. */
export function sumUpwards(parents: Int32Array, own: Float64Array): Float64Array {
    for (let node = own.length - 1; node > 0; --node) own[parents[node]] += own[node];
    return own;
}
