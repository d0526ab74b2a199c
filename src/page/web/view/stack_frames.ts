// A call stack, innermost frame first; C++ frames can be left out.

import type { Frame } from "../data/types";
import { breakable, element } from "./element";
import { counted, shortened } from "../format";

const mostCharacters = 500;

export function frameText(frame: Frame): string {
    return frame.line === null ? frame.file : `${frame.file}:${frame.line}`;
}

export function stackFrames(frames: readonly Frame[], pythonOnly: boolean): HTMLElement {
    const shown = pythonOnly ? frames.filter((frame) => frame.python) : frames;
    const list = element("ol", { class: "stack-frames", tabindex: 0 });
    for (const frame of shown) {
        list.append(
            element("li", { class: frame.python ? "own" : null }, element("div", {}, breakable(shortened(frame.function, mostCharacters))), element("div", { class: "where" }, breakable(shortened(frameText(frame), mostCharacters)))),
        );
    }
    if (shown.length > 0) return list;
    return element("p", { class: "note" }, frames.length === 0 ? "No stack was recorded." : `No Python frame; ${counted(frames.length, "C++ frame")}.`);
}
