-- What was allocated in the trace and is live at a moment, by stack
-- :at any moment, :device one device only, :top rows (20)
SELECT device_name(l.device) AS device,
       l.stack_id,
       format_bytes(l.bytes) AS size,
       l.bytes,
       l.count AS allocations,
       s.op,
       s.site
FROM devices AS d JOIN live_at(d.device, :at) AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL AND l.origin = 'trace'
ORDER BY 1, l.bytes DESC
LIMIT coalesce(:top, 20);
