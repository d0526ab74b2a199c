-- The events around a moment, each with the site that caused it
-- :at any moment (peak), or :event number of an event; :device (the lowest one), :before and :after number of events (8)
WITH place AS (
    SELECT device, coalesce(:event, event_of(device, :at), peak_event) AS event FROM devices
    WHERE (:device IS NULL OR device = :device) AND (:at IS NULL OR event_of(device, :at) IS NOT NULL)
    ORDER BY device < 0, device LIMIT 1
)
SELECT e.event,
       CASE WHEN e.event = p.event THEN '->' ELSE '' END AS "at",
       e.action,
       format_bytes(e.size) AS size,
       address(e.address) AS address,
       round((e.time_us - d.first_time_us) / 1000.0, 3) AS ms,
       s.op,
       s.site
FROM place AS p
JOIN devices AS d USING (device)
JOIN events AS e ON e.device = p.device AND e.event BETWEEN p.event - coalesce(:before, 8) AND p.event + coalesce(:after, 8)
LEFT JOIN stacks AS s ON s.stack_id = e.stack_id
ORDER BY e.event;
