-- Sites that hold more at a moment than before the first event
-- start is older than the recording; without a stack of its own, such memory is listed under the line that freed it
-- :at any moment, :device one device only, :top rows (20)
WITH wanted AS (
    SELECT device FROM devices
    WHERE (:device IS NULL OR device = :device) AND event_of(device, :at) IS NOT NULL
), live AS (
    SELECT l.device, l.stack_id, l.origin, l.bytes AS start_bytes, 0 AS bytes
    FROM wanted AS d JOIN live_at(d.device, 'start') AS l
    UNION ALL
    SELECT l.device, l.stack_id, l.origin, 0, l.bytes FROM wanted AS d JOIN live_at(d.device, :at) AS l
)
SELECT device_name(l.device) AS device,
       format_bytes(sum(l.bytes) - sum(l.start_bytes)) AS growth,
       sum(l.bytes) - sum(l.start_bytes) AS growth_bytes,
       format_bytes(sum(l.start_bytes)) AS "start",
       format_bytes(sum(l.bytes)) AS size,
       CASE WHEN l.origin <> 'trace' AND s.kind = 'empty' THEN '[before recording]' ELSE s.site END AS site
FROM live AS l LEFT JOIN stacks AS s USING (stack_id)
GROUP BY l.device, 6
HAVING growth_bytes <> 0
ORDER BY growth_bytes DESC
LIMIT coalesce(:top, 20);
