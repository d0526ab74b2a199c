// Formats numbers for people, with the same units and rounding as the command line.

const sizeUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

export function formatBytes(bytes: number): string {
    let value = bytes;
    let unit = 0;
    // 1023.995 would be printed as "1024.00", so the next unit is used where rounding reaches 1024.
    while (Math.abs(value) >= 1023.995 && unit + 1 < sizeUnits.length) {
        value /= 1024;
        ++unit;
    }
    return `${unit === 0 ? String(value) : value.toFixed(2)} ${sizeUnits[unit]}`;
}

export function formatChange(bytes: number): string {
    return bytes > 0 ? `+${formatBytes(bytes)}` : formatBytes(bytes);
}

export function formatCount(count: number): string {
    return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** The exact size, for the title of a size that is shown rounded. */
export function exactBytes(bytes: number): string {
    return `${formatCount(bytes)} bytes`;
}

export function formatShare(part: number, whole: number): string {
    return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** A duration in microseconds. */
export function formatDuration(microseconds: number): string {
    const size = Math.abs(microseconds);
    if (size < 1000) return `${microseconds} µs`;
    if (size < 1e6) return `${(microseconds / 1000).toFixed(1)} ms`;
    if (size < 60e6) return `${(microseconds / 1e6).toFixed(2)} s`;
    return `${(microseconds / 60e6).toFixed(1)} min`;
}

export function counted(count: number, singular: string, plural = `${singular}s`): string {
    return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** `forward_temporary` becomes "forward temporary". */
export function words(name: string): string {
    return name.replace(/_/g, " ");
}

const sizePattern = /^\s*([+-]?[\d,]*\.?\d+)\s*([kmgtpe]?)(i?)b?\s*$/i;

/**
 * The bytes of a text such as `64MiB`, `1.5 GiB` or `4096`; null for any other text. Like the command line,
 * `MB` is a million and `MiB` is 1024 times 1024.
 */
export function parseBytes(text: string): number | null {
    const match = sizePattern.exec(text);
    if (!match) return null;
    const power = match[2] === "" ? 0 : "kmgtpe".indexOf(match[2].toLowerCase()) + 1;
    const base = match[3] === "" ? 1000 : 1024;
    return Math.round(Number(match[1].replace(/,/g, "")) * Math.pow(base, power));
}

/** A text that may be very long, with its middle left out. */
export function shortened(text: string, most: number): string {
    if (text.length <= most) return text;
    const half = Math.floor((most - 1) / 2);
    return `${text.slice(0, half)}…${text.slice(text.length - half)}`;
}
