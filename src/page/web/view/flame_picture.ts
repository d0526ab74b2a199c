// The picture of a flame graph with its pointer and keyboard: which frame is open, which is selected, and
// which runs of frames are folded.

import { boxAt, type FlameBox, type FlameLayout, layoutFlame, paintFlame, rowHeight, type Weight } from "../draw/flame";
import { changeOf, everyNode, type FlameNode, sameNode } from "../draw/flame_tree";
import { type ScrollCanvas, scrollCanvas } from "../draw/scroll_canvas";
import { onThemeChange, theme } from "../draw/theme";
import { element } from "./element";
import { counted, formatBytes, formatChange, formatShare } from "../format";
import { hideTooltip, showTooltip } from "./tooltip";

export class FlamePicture {
    readonly box = element("div", { class: "picture" });
    /** The text for screen readers: the frame that the keyboard selects. */
    readonly spoken = element("p", { class: "visually-hidden", "aria-live": "polite" });
    private readonly picture: ScrollCanvas;
    private layout: FlameLayout = { boxes: [], rows: 0 };
    private root: FlameNode | null = null;
    private focus: FlameNode | null = null;
    private selected: FlameNode | null = null;
    private folding = true;
    private readonly unfolded = new Set<FlameNode>();
    private weight: Weight = (node) => node.bytes;
    private comparing = false;
    private largestChange = 0;
    private needle = "";

    /** `onOpen` is called with the open frame after each change. */
    constructor(private readonly onOpen: (node: FlameNode) => void) {
        this.picture = scrollCanvas(this.box, (canvas, view) => this.paint(canvas, view), () => this.layOut());
        const { canvas } = this.picture;
        canvas.tabIndex = 0;
        canvas.setAttribute("role", "application");
        canvas.setAttribute("aria-label", "Flame graph. Arrow keys move, Enter opens a frame, Backspace goes back. The table beside it has the same figures.");
        canvas.addEventListener("mousemove", (event) => this.hover(event));
        canvas.addEventListener("mouseleave", hideTooltip);
        canvas.addEventListener("click", (event) => this.click(event));
        canvas.addEventListener("keydown", (event) => this.key(event));
        onThemeChange(() => this.picture.repaint());
    }

    /** Shows another tree; the same frame stays open if it is there. */
    show(root: FlameNode, comparing: boolean, weight: Weight): void {
        this.root = root;
        this.comparing = comparing;
        this.weight = weight;
        this.largestChange = comparing ? largestChangeBelow(root) : 0;
        this.unfolded.clear();
        this.open(this.focus ? sameNode(root, this.focus) : root);
    }

    open(node: FlameNode): void {
        this.focus = node;
        this.selected = null;
        this.layOut();
        this.reveal(node);
        this.onOpen(node);
    }

    search(needle: string): void {
        this.needle = needle;
        this.picture.repaint();
    }

    fold(folding: boolean): void {
        this.folding = folding;
        this.unfolded.clear();
        this.layOut();
    }

    private layOut(): void {
        if (!this.focus) return;
        this.layout = layoutFlame(this.focus, this.picture.width(), this.weight, this.folding ? this.unfolded : null);
        this.picture.setHeight(this.layout.rows * rowHeight + 4);
    }

    private paint(...[canvas, view]: Parameters<Parameters<typeof scrollCanvas>[1]>): void {
        if (!this.focus) return;
        const { needle, comparing, largestChange, selected, focus } = this;
        paintFlame(canvas, this.layout, view, { theme: theme(), needle, comparing, largestChange, selected, focus });
    }

    private reveal(node: FlameNode): void {
        const place = this.layout.boxes.find((box) => box.node === node);
        if (place) this.picture.reveal(place.row * rowHeight, (place.row + 1) * rowHeight);
    }

    private unfold(nodes: readonly FlameNode[]): void {
        for (const node of nodes) {
            this.unfolded.add(node);
            if (node.parent) this.unfolded.add(node.parent);
        }
        this.layOut();
    }

    private boxUnder(event: MouseEvent): FlameBox | null {
        const { x, y } = this.picture.place(event);
        return boxAt(this.layout, x, y);
    }

    private hover(event: MouseEvent): void {
        const box = this.boxUnder(event);
        this.picture.canvas.classList.toggle("pointing", box !== null);
        if (!box) hideTooltip();
        else if (box.folded) showTooltip(event, [counted(box.folded.length, "frame"), ...namesOf(box.folded), "Click to unfold"]);
        else showTooltip(event, this.linesOf(box.node));
    }

    private click(event: MouseEvent): void {
        const box = this.boxUnder(event);
        if (box?.folded) this.unfold(box.folded);
        else if (box) this.open(box.node);
    }

    private key(event: KeyboardEvent): void {
        if (!this.focus) return;
        const target = neighbour(event.key, this.selected ?? this.focus);
        if (event.key === "Enter" && this.selected) this.open(this.selected);
        else if ((event.key === "Backspace" || event.key === "Escape") && this.focus.parent) this.open(this.focus.parent);
        else if (target) this.select(target);
        else return;
        event.preventDefault();
        event.stopPropagation();
    }

    private select(node: FlameNode): void {
        this.selected = node;
        this.spoken.textContent = this.linesOf(node).join(", ");
        const inside = this.layout.boxes.find((box) => box.folded?.includes(node));
        if (inside?.folded) this.unfold(inside.folded);
        this.reveal(node);
        this.picture.repaint();
    }

    private linesOf(node: FlameNode): string[] {
        const bytes = `${formatBytes(node.bytes)}, ${formatShare(node.bytes, this.root!.bytes)} of all, ${counted(node.count, "allocation")}`;
        const base = `base ${formatBytes(node.baseBytes)}, change ${formatChange(changeOf(node))}`;
        return [node.name.slice(0, 400), node.where, bytes, this.comparing ? base : ""].filter((line) => line !== "");
    }
}

/** The names of the frames; of many frames only the first and the last ones. */
function namesOf(nodes: readonly FlameNode[]): string[] {
    const names = nodes.map((node) => `${node.name}  ${node.where.split(/[/\\]/).pop()}`);
    return names.length <= 12 ? names : [...names.slice(0, 6), "…", ...names.slice(-5)];
}

function largestChangeBelow(root: FlameNode): number {
    let largest = 0;
    for (const node of everyNode(root)) if (node !== root) largest = Math.max(largest, Math.abs(changeOf(node)));
    return largest;
}

/** The frame beside, above or below `from`, by the arrow key. */
function neighbour(key: string, from: FlameNode): FlameNode | null {
    const siblings = from.parent?.children ?? [];
    const at = siblings.indexOf(from);
    switch (key) {
        case "ArrowUp":
            return from.parent;
        case "ArrowDown":
            return from.children[0] ?? null;
        case "ArrowLeft":
            return siblings[at - 1] ?? null;
        case "ArrowRight":
            return siblings[at + 1] ?? null;
        default:
            return null;
    }
}
