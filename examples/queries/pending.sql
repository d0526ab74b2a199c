-- Memory that the program had freed at a moment, but that another stream may still use (record_stream)
-- "first_freed" is an event; "waits" counts the events until the free completed, NULL: it did not.
-- :at any moment (peak), :device one device only, :top rows (20)
SELECT device_name(a.device) AS device,
       format_bytes(sum(a.size)) AS size,
       sum(a.size) AS bytes,
       count(*) AS allocations,
       min(a.free_requested_event) AS first_freed,
       max(a.free_completed_event - a.free_requested_event) AS waits,
       s.site,
       f.site AS freed_by
FROM devices AS d
JOIN alive_at(d.device, coalesce(:at, 'peak')) AS a
LEFT JOIN stacks AS s ON s.stack_id = a.stack_id
LEFT JOIN stacks AS f ON f.stack_id = a.free_stack_id
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, coalesce(:at, 'peak')) IS NOT NULL
  AND a.free_requested_event <= event_of(d.device, coalesce(:at, 'peak'))
GROUP BY a.device, s.site, f.site
ORDER BY 1, bytes DESC
LIMIT coalesce(:top, 20);
