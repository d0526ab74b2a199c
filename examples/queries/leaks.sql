-- Sites that leave memory in several separate steps while other memory comes and goes
-- "basis" says how steps were found: annotated spans, or a period of the allocations.
-- :device one device only, :top rows (20)
SELECT device_name(l.device) AS device,
       format_bytes(sum(l.bytes) / max(l.steps)) AS per_step,
       max(l.steps) AS steps,
       format_bytes(sum(l.bytes)) AS size,
       sum(l.bytes) AS bytes,
       sum(l.count) AS allocations,
       min(l.first_event) AS first_event,
       max(l.last_event) AS last_event,
       max(l.basis) AS basis,
       s.op,
       s.site
FROM leaks AS l LEFT JOIN stacks AS s USING (stack_id)
WHERE :device IS NULL OR l.device = :device
GROUP BY l.device, s.site
ORDER BY 1, sum(l.bytes) DESC
LIMIT coalesce(:top, 20);
