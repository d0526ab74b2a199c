-- Whole stacks that hold the most memory at the peak; callstack(stack_id) shows one
-- before_recording: memory that is older than the recording; the stack can be that of its free
-- :at any moment (peak), :device one device only, :top rows (20)
SELECT device_name(l.device) AS device,
       l.stack_id,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       sum(l.count) AS allocations,
       s.depth,
       s.op,
       format_bytes(sum(l.bytes) FILTER (WHERE l.origin <> 'trace')) AS before_recording,
       CASE WHEN l.origin <> 'trace' AND s.kind = 'empty' THEN '[before recording]' ELSE s.site END AS site
FROM devices AS d JOIN live_at(d.device, coalesce(:at, 'peak')) AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
GROUP BY l.device, l.stack_id, 9
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
