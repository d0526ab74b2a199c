// A canvas that is as large as the box in which the picture scrolls. Only the visible part of the picture is
// painted, because browsers refuse a canvas with an edge of more than a few ten thousand pixels.

export interface View {
    /** CSS pixels of the picture. */
    width: number;
    top: number;
    height: number;
}

export interface ScrollCanvas {
    canvas: HTMLCanvasElement;
    /** Sets the height of the whole picture and paints. */
    setHeight(height: number): void;
    repaint(): void;
    /** The position of a pointer event in the picture. */
    place(event: MouseEvent): { x: number; y: number };
    /** Scrolls until the part of the picture from `top` to `bottom` is visible. */
    reveal(top: number, bottom: number): void;
    width(): number;
}

export type Paint = (context: CanvasRenderingContext2D, view: View) => void;

/** `onResize` is called when the width changed, before the picture is painted again. */
export function scrollCanvas(box: HTMLElement, paint: Paint, onResize: () => void): ScrollCanvas {
    const canvas = document.createElement("canvas");
    const content = document.createElement("div");
    canvas.classList.add("scroll-canvas");
    content.append(canvas);
    box.append(content);
    let scheduled = false;
    let width = 0;

    function repaint(): void {
        if (scheduled) return;
        scheduled = true;
        requestAnimationFrame(() => {
            scheduled = false;
            paintNow();
        });
    }

    function paintNow(): void {
        if (box.closest("[hidden]")) return;  // reading the size of a hidden box would force a layout of the page
        const height = box.clientHeight;
        const scale = window.devicePixelRatio || 1;
        if (width === 0 || height === 0) return;
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(height * scale);
        canvas.style.height = `${height}px`;
        const context = canvas.getContext("2d");
        if (!context) return;
        context.setTransform(scale, 0, 0, scale, 0, -box.scrollTop * scale);
        paint(context, { width, top: box.scrollTop, height });
    }

    new ResizeObserver(() => {
        if (content.clientWidth !== width) {
            width = content.clientWidth;
            onResize();
        }
        repaint();
    }).observe(box);
    box.addEventListener("scroll", repaint);

    return {
        canvas,
        setHeight(height) {
            content.style.height = `${Math.max(1, height)}px`;
            repaint();
        },
        repaint,
        place(event) {
            const bounds = canvas.getBoundingClientRect();
            return { x: event.clientX - bounds.left, y: event.clientY - bounds.top + box.scrollTop };
        },
        reveal(top, bottom) {
            if (top < box.scrollTop) box.scrollTop = top;
            else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
        },
        width: () => width,
    };
}
