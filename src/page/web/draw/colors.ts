// Placeholder of the interface, filled in soon.
export interface Colors {
    /** Index of the colour group of each row, see `groups`. */
    readonly groupOfRow: Uint8Array | Uint16Array;
    readonly groups: readonly { readonly keys: readonly string[]; readonly label: string; readonly css: string }[];
    /** CSS colour of a key (for swatches) and of a row. */
    cssOfKey(key: string): string;
    cssOfRow(row: number): string;
    /** Whether the search finds the row; true when nothing is searched. */
    isFound(row: number): boolean;
}
