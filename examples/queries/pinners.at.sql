-- Blocks that keep mostly unused segments reserved at a moment: after freeing these, empty_cache() releases the segments
-- The segments are rebuilt from the events; the sizes of blocks are estimated before the end ("estimated").
-- :at any moment, :share highest used percentage of a segment (50), :device one device only, :top rows (20)
WITH parts AS MATERIALIZED (
    SELECT b.device, b.segment, b.segment_size, b.size, b.state, b.origin, b.stack_id, b.estimated
    FROM devices AS d JOIN blocks_at(d.device, :at) AS b
    WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
), mostly_unused AS (
    SELECT device, segment, segment_size - sum(CASE state WHEN 'active_allocated' THEN size ELSE 0 END) AS unused,
           sum(state <> 'inactive') AS pinned_by
    FROM parts GROUP BY device, segment
    HAVING unused < segment_size AND 100.0 * (segment_size - unused) <= coalesce(:share, 50) * segment_size
)
SELECT device_name(b.device) AS device,
       b.segment,
       format_bytes(b.segment_size) AS segment_size,
       format_bytes(m.unused) AS frees,
       m.unused AS frees_bytes,
       m.pinned_by,
       count(*) AS blocks,
       format_bytes(sum(b.size)) AS block_bytes,
       s.op,
       CASE WHEN s.kind = 'empty' THEN '[before recording]'
            WHEN b.origin = 'preexisting_freed' THEN '[before recording] freed by ' || s.site
            ELSE s.site END AS site,
       CASE b.estimated WHEN 1 THEN 'yes' ELSE 'no' END AS estimated
FROM mostly_unused AS m JOIN parts AS b USING (device, segment) LEFT JOIN stacks AS s ON s.stack_id = b.stack_id
WHERE b.state <> 'inactive'
GROUP BY b.device, b.segment, s.op, 10
ORDER BY frees_bytes DESC, b.device, b.segment, sum(b.size) DESC
LIMIT coalesce(:top, 20);
