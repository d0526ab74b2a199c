// Pointer and keyboard of the timeline.
//   wheel            zoom in events, with Alt in bytes, with Shift (or sideways) move
//   drag             move; with Shift a box to zoom into; with Alt, or in ruler mode, the ruler
//   two fingers      zoom and move
//   click            put the cursor there and select the allocation
//   double click     zoom to the life of the allocation; without one, zoom in there
//   W S, + -, 0      zoom in and out, everything;  A D  move
//   ← → (Shift: a twentieth of the window)  move the cursor;  ↑ ↓  select the next allocation above or below
//   P  keep the cursor as second moment;  R  ruler mode;  Escape  select nothing
import type { Point } from "./pointer_layer";

/** The actions of the gestures. Points are CSS pixels of the picture. */
export interface Gestures {
    hover(point: Point | null, event: MouseEvent | null): void;
    click(point: Point): void;
    doubleClick(point: Point): void;
    /** Moves what is at `from` to `to`. */
    drag(from: Point, to: Point): void;
    zoom(at: Point, factor: number): void;
    zoomBytes(at: Point, factor: number): void;
    /** `done`: the pointer was released. */
    box(from: Point, to: Point, done: boolean): void;
    measure(from: Point, to: Point): void;
    readonly rulerMode: boolean;
    key(name: string, shift: boolean): boolean;
}

const CLICK_DISTANCE = 4; // CSS pixels
const WHEEL_STEP = 0.0016; // added to the exponent of a zoom for each pixel of the wheel
const LINE = 16; // pixels for a line, if the wheel counts lines

type Gesture = "move" | "box" | "ruler";

export function listen(element: HTMLElement, gestures: Gestures): void {
    const pointers = new Map<number, Point>();
    let begin: Point | null = null;
    let last: Point | null = null;
    let gesture: Gesture = "move";
    let moved = false;

    const pointOf = (event: MouseEvent): Point => {
        const box = element.getBoundingClientRect();
        return { x: event.clientX - box.left, y: event.clientY - box.top };
    };

    element.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        element.setPointerCapture(event.pointerId);
        pointers.set(event.pointerId, pointOf(event));
        begin = last = pointOf(event);
        gesture = event.shiftKey ? "box" : event.altKey || gestures.rulerMode ? "ruler" : "move";
        moved = pointers.size > 1;
    });

    element.addEventListener("pointermove", (event) => {
        const point = pointOf(event);
        if (!pointers.has(event.pointerId) || !begin || !last) return gestures.hover(point, event);
        if (pointers.size > 1) {
            pinch(pointers, event.pointerId, point, gestures);
            return;
        }
        if (!moved && Math.hypot(point.x - begin.x, point.y - begin.y) < CLICK_DISTANCE) return;
        moved = true;
        gestures.hover(null, null);
        pointers.set(event.pointerId, point);
        if (gesture === "box") gestures.box(begin, point, false);
        else if (gesture === "ruler") gestures.measure(begin, point);
        else gestures.drag(last, point);
        last = point;
    });

    const release = (event: PointerEvent): void => {
        if (!pointers.delete(event.pointerId)) return;
        const point = pointOf(event);
        if (begin && gesture === "box" && moved) gestures.box(begin, point, true);
        if (begin && !moved && event.type === "pointerup") gestures.click(point);
        begin = null;
    };
    element.addEventListener("pointerup", release);
    element.addEventListener("pointercancel", release);
    element.addEventListener("pointerleave", () => gestures.hover(null, null));
    element.addEventListener("dblclick", (event) => gestures.doubleClick(pointOf(event)));

    element.addEventListener("wheel", (event) => {
        event.preventDefault();
        const scale = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
        const [dx, dy] = [event.deltaX * scale, event.deltaY * scale];
        const point = pointOf(event);
        if (event.altKey) gestures.zoomBytes(point, Math.exp(dy * WHEEL_STEP));
        else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) gestures.drag(point, { x: point.x - (dx || dy), y: point.y });
        else gestures.zoom(point, Math.exp(dy * WHEEL_STEP));
    }, { passive: false });

    element.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (gestures.key(event.key, event.shiftKey)) event.preventDefault();
    });
}

// Zooms by the change of the distance between two fingers, around the middle between them.
function pinch(pointers: Map<number, Point>, moving: number, to: Point, gestures: Gestures): void {
    const from = pointers.get(moving)!;
    const other = [...pointers].find(([id]) => id !== moving)![1];
    const before = Math.abs(from.x - other.x);
    const after = Math.abs(to.x - other.x);
    pointers.set(moving, to);
    if (before > 1 && after > 1) gestures.zoom({ x: other.x, y: to.y }, before / after);
}
