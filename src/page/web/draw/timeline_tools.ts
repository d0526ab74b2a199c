// The line above the timeline: buttons for actions that gestures and keys have too.
import type { DeviceView } from "../data/types";
import type { Axis, State } from "../state";
import { element, withProperty } from "../view/element";

export interface ToolActions {
    axis(axis: Axis): void;
    zoom(factor: number): void;
    all(): void;
    ruler(on: boolean): void;
    reserved(on: boolean): void;
}

export class TimelineTools {
    readonly element: HTMLElement;
    /** The text for screen readers. It changes only when the user moves the cursor or selects something. */
    private readonly spoken = element("p", { class: "visually-hidden", "aria-live": "polite" });
    private readonly axes: Record<Axis, HTMLButtonElement>;
    private readonly axisChoice: HTMLElement;
    private readonly rulerButton: HTMLButtonElement;
    private readonly reservedButton: HTMLButtonElement;

    constructor(actions: ToolActions) {
        const button = (text: string, title: string, action: () => void): HTMLButtonElement =>
            element("button", { type: "button", title, onclick: action }, text);
        this.axes = {
            events: button("events", "Equal width for each event", () => actions.axis("events")),
            time: button("time", "Equal width for equal time", () => actions.axis("time")),
        };
        this.axisChoice = element("span", { class: "choice", role: "group", "aria-label": "Axis" }, this.axes.events, this.axes.time);
        this.rulerButton = button("ruler", "Measure bytes and time between two points (R)", () => {
            actions.ruler(this.rulerButton.getAttribute("aria-pressed") !== "true");
        });
        this.reservedButton = button("", "Show the bytes that are reserved from the driver", () => {
            actions.reserved(this.reservedButton.getAttribute("aria-pressed") !== "true");
        });
        const mark = withProperty(element("span", { class: "key-line dashed" }), "--swatch", "var(--accent)");
        this.reservedButton.append(mark, "reserved");
        const zoomOut = button("−", "Zoom out (−)", () => actions.zoom(2));
        const zoomIn = button("+", "Zoom in (+)", () => actions.zoom(0.5));
        zoomOut.setAttribute("aria-label", "Zoom out");
        zoomIn.setAttribute("aria-label", "Zoom in");
        this.element = element(
            "div",
            { class: "timeline-tools" },
            this.spoken,
            this.reservedButton,
            this.axisChoice,
            element("span", { class: "choice", role: "group", "aria-label": "Zoom" },
                zoomOut, zoomIn, button("all", "Show the whole recording (0)", () => actions.all())),
            this.rulerButton,
        );
    }

    update(device: DeviceView, state: State, shown: { readonly ruler: boolean; readonly reserved: boolean }): void {
        for (const axis of ["events", "time"] as const) {
            this.axes[axis].setAttribute("aria-pressed", String(state.axis === axis));
        }
        this.axisChoice.hidden = !device.curve?.time;
        this.reservedButton.hidden = !device.curve?.reserved;
        this.reservedButton.setAttribute("aria-pressed", String(shown.reserved));
        this.rulerButton.setAttribute("aria-pressed", String(shown.ruler));
    }

    say(text: string): void {
        this.spoken.textContent = text;
    }
}
