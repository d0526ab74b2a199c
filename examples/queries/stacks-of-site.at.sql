-- The whole stacks behind a site, by what they hold at a moment
-- :site a LIKE pattern (all), :at any moment, :device one device only, :top stacks (5)
SELECT device_name(l.device) AS device,
       l.stack_id,
       sum(l.count) AS allocations,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       s.op,
       s.site,
       s.callstack
FROM devices AS d JOIN live_at(d.device, :at) AS l JOIN stacks AS s USING (stack_id)
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
  AND s.site LIKE coalesce(:site, '%')
GROUP BY l.device, l.stack_id
ORDER BY sum(l.bytes) DESC
LIMIT coalesce(:top, 5);
