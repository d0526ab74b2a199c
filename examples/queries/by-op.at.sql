-- Operators by the memory they hold at a moment
-- :at any moment, :device one device only, :top rows (30)
SELECT device_name(l.device) AS device,
       coalesce(s.op, CASE WHEN s.kind = 'empty' THEN '[no stack]' ELSE '[no operator]' END) AS op,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       sum(l.count) AS allocations
FROM devices AS d JOIN live_at(d.device, :at) AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
GROUP BY l.device, 2
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 30);
