// Paints a picture, which has the allocation at each pixel, on a canvas.
import type { Colors } from "./colors";
import { EMPTY, LEFT_OUT, Picture } from "./picture";
import { Rgb, pixelOf } from "./palette";

/** The colour of the band of allocations that are left out of the page. */
export const LEFT_OUT_COLOR: Rgb = 0x9aa0a6;

export function paint(context: CanvasRenderingContext2D, picture: Picture, colors: Colors): void {
    const image = context.createImageData(picture.width, picture.height);
    const pixels = new Uint32Array(image.data.buffer);
    const { rows } = picture;
    const { codes, pixels: palette } = colors;
    const leftOut = pixelOf(LEFT_OUT_COLOR);
    for (let i = 0; i < rows.length; ++i) {
        const row = rows[i];
        if (row >= 0) pixels[i] = palette[codes[row]];
        else if (row === LEFT_OUT) pixels[i] = leftOut;
    }
    context.putImageData(image, 0, 0);
}

/** Calls visit(x, first line, end line) for each vertical run of a row's pixels. */
export function forEachRun(picture: Picture, row: number, visit: (x: number, first: number, end: number) => void): void {
    const { rows, width, height } = picture;
    const open = new Int32Array(width).fill(EMPTY);
    let at = 0;
    for (let y = 0; y < height; ++y) {
        for (let x = 0; x < width; ++x, ++at) {
            if (rows[at] === row) {
                if (open[x] === EMPTY) open[x] = y;
            } else if (open[x] !== EMPTY) {
                visit(x, open[x], y);
                open[x] = EMPTY;
            }
        }
    }
    for (let x = 0; x < width; ++x) {
        if (open[x] !== EMPTY) visit(x, open[x], height);
    }
}
