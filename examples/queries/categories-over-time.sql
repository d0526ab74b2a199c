-- Bytes of the categories over the trace, one row for each point
-- Each row is the highest event of a slice of the trace; event -1 is before the first event. No rows: an earlier
-- version of snapq wrote the archive.
-- :device one device only
SELECT device_name(device) AS device,
       event,
       format_bytes(sum(bytes)) AS total,
       coalesce(sum(bytes) FILTER (WHERE category = 'parameter'), 0) AS parameter,
       coalesce(sum(bytes) FILTER (WHERE category = 'gradient'), 0) AS gradient,
       coalesce(sum(bytes) FILTER (WHERE category = 'optimizer_state'), 0) AS optimizer_state,
       coalesce(sum(bytes) FILTER (WHERE category = 'activation'), 0) AS activation,
       coalesce(sum(bytes) FILTER (WHERE category LIKE '%temporary'), 0) AS temporaries,
       coalesce(sum(bytes) FILTER (WHERE category NOT IN ('parameter', 'gradient', 'optimizer_state', 'activation')
                                     AND category NOT LIKE '%temporary'), 0) AS others
FROM category_timeline
WHERE :device IS NULL OR device = :device
GROUP BY category_timeline.device, event
ORDER BY 1, event;
