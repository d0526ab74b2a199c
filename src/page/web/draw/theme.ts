// Colours of the style sheet, for what is drawn on canvases.
import type { Rgb } from "./palette";

export interface Theme {
    readonly dark: boolean;
    readonly surface: string;
    readonly raised: string;
    readonly ink: string;
    readonly muted: string;
    readonly line: string;
    readonly accent: string;
    readonly bad: string;
    readonly sans: string;
}

const darkQuery = "(prefers-color-scheme: dark)";

export function theme(): Theme {
    const style = getComputedStyle(document.documentElement);
    const value = (name: string): string => style.getPropertyValue(name).trim();
    return {
        dark: matchMedia(darkQuery).matches,
        raised: value("--raised") || "#eeeeee",
        surface: value("--surface") || "#ffffff",
        ink: value("--ink") || "#000000",
        muted: value("--muted") || "#666666",
        line: value("--line") || "#dddddd",
        accent: value("--accent") || "#0055cc",
        bad: value("--bad") || "#bb0000",
        sans: value("--sans") || "sans-serif",
    };
}

/** The background of pictures. */
export function groundColor(): Rgb {
    const match = /^#([0-9a-f]{6})$/i.exec(theme().surface);
    return match ? parseInt(match[1], 16) : 0xffffff;
}

export function onThemeChange(tell: () => void): void {
    matchMedia(darkQuery).addEventListener("change", tell);
}
