// Joins the groups of two moments by their key.

import type { Group } from "../data/types";

export interface ComparedGroup extends Group {
    /** Bytes and allocations at the second moment; 0 if there is no second moment. */
    pinnedBytes: number;
    pinnedCount: number;
    /** bytes − pinnedBytes */
    change: number;
}

export type GroupOrder = "bytes" | "change";

export function compareGroups(now: readonly Group[], pinned: readonly Group[], order: GroupOrder): ComparedGroup[] {
    const others = new Map(pinned.map((group) => [group.key, group]));
    const compared = now.map((group) => {
        const other = others.get(group.key);
        others.delete(group.key);
        return joined(group, group, other);
    });
    for (const gone of others.values()) compared.push(joined(gone, undefined, gone));
    return order === "change" ? compared.sort((a, b) => Math.abs(b.change) - Math.abs(a.change)) : compared.sort((a, b) => b.bytes - a.bytes);
}

function joined(named: Group, now: Group | undefined, pinned: Group | undefined): ComparedGroup {
    const bytes = now?.bytes ?? 0;
    const pinnedBytes = pinned?.bytes ?? 0;
    return {
        key: named.key,
        label: named.label,
        bytes,
        count: now?.count ?? 0,
        pinnedBytes,
        pinnedCount: pinned?.count ?? 0,
        change: bytes - pinnedBytes,
    };
}
