// What a timeline must show, computed from the archive by SQL alone.
import { sql } from "./program.mjs";

/** Whether a row of `allocations` is live after an event: an expression of SQL. */
export const liveAt = (event) => `coalesce(alloc_event, -1) <= ${event} AND (end_event IS NULL OR end_event > ${event})`;

/**
 * The allocation that lies at a byte offset after an event, for each of `points`: {event, byte}. The offset of an allocation
 * is the sum of the sizes of the older live ones. Null where nothing is live. Allocations with less than `leastCost` (bytes
 * times events) are left out: their sum lies below the others, and has no idx.
 */
export async function allocationsUnder(archive, { device, events: end }, points, leastCost = 0) {
    const found = new Map();
    const events = [...new Set(points.map((point) => point.event))];
    for (let first = 0; first < events.length; first += 400) {
        const list = events.slice(first, first + 400).map((event) => `(${event})`).join(", ");
        const rows = await sql(
            archive,
            `WITH moments(event) AS (VALUES ${list})
             SELECT event, idx, size, category, size * (coalesce(end_event, ${end}) - coalesce(alloc_event, -1)) AS cost FROM moments CROSS JOIN allocations
             WHERE device = ${device} AND ${liveAt("event")} ORDER BY event, idx`,
        );
        for (const row of rows) {
            if (!found.has(row.event)) found.set(row.event, []);
            found.get(row.event).push(row);
        }
    }
    return points.map(({ event, byte }) => {
        const rows = found.get(event) ?? [];
        let bottom = rows.reduce((sum, { size, cost }) => (cost < leastCost ? sum + size : sum), 0);
        if (byte < bottom) return { idx: null, bottom: 0, top: bottom };
        for (const { idx, size, category } of rows.filter(({ cost }) => cost >= leastCost)) {
            if (byte < bottom + size) return { idx, category, bottom, top: bottom + size };
            bottom += size;
        }
        return null;
    });
}

/** Live bytes after every event: a function of the event. */
export async function totals(archive, device) {
    const changes = await sql(
        archive,
        `SELECT event, sum(bytes) AS bytes FROM (
             SELECT coalesce(alloc_event, -1) AS event, size AS bytes FROM allocations WHERE device = ${device}
             UNION ALL SELECT end_event, -size FROM allocations WHERE device = ${device} AND end_event IS NOT NULL)
         GROUP BY event ORDER BY event`,
    );
    const events = changes.map((change) => change.event);
    let sum = 0;
    const sums = changes.map((change) => (sum += change.bytes));
    return (event) => {
        let low = 0;
        let high = events.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (events[middle] <= event) low = middle + 1;
            else high = middle;
        }
        return low === 0 ? 0 : sums[low - 1];
    };
}

/** Live bytes by stack after an event, as sorted pairs [stack_id or null, bytes]. */
export async function stackBytes(archive, device, where) {
    const rows = await sql(
        archive,
        `SELECT stack_id, sum(size) AS bytes FROM allocations WHERE device = ${device} AND ${where} GROUP BY stack_id ORDER BY stack_id`,
    );
    return rows.map((row) => [row.stack_id, row.bytes]);
}
