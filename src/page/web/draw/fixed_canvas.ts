// A canvas that fills its place in the page and is painted again when that changes.

export type PaintFixed = (context: CanvasRenderingContext2D, width: number, height: number) => void;

export interface FixedCanvas {
    canvas: HTMLCanvasElement;
    repaint(): void;
}

export function fixedCanvas(paint: PaintFixed): FixedCanvas {
    const canvas = document.createElement("canvas");

    function repaint(): void {
        const { clientWidth, clientHeight } = canvas;
        const scale = window.devicePixelRatio || 1;
        if (clientWidth === 0 || clientHeight === 0) return;
        canvas.width = Math.round(clientWidth * scale);
        canvas.height = Math.round(clientHeight * scale);
        const context = canvas.getContext("2d");
        if (!context) return;
        context.setTransform(scale, 0, 0, scale, 0, 0);
        paint(context, clientWidth, clientHeight);
    }

    new ResizeObserver(repaint).observe(canvas);
    return { canvas, repaint };
}
