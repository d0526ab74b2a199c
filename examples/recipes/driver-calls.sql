-- How often was memory taken from the driver and given back, and when?
SELECT action, count(*) AS calls, format_bytes(sum(size)) AS bytes,
       round((min(time_us) - (SELECT first_time_us FROM devices WHERE device = 0)) / 1000.0, 3) AS first_ms,
       round((max(time_us) - (SELECT first_time_us FROM devices WHERE device = 0)) / 1000.0, 3) AS last_ms
FROM other_events
WHERE device = 0 AND action IN ('segment_alloc', 'segment_free', 'segment_map', 'segment_unmap', 'oom')
GROUP BY action
ORDER BY action;
