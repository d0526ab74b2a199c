-- Pools and streams over the trace: how much each holds and strands, at moments evenly spaced over the events
-- :device one device only. Before the end the figures are estimated
SELECT device_name(device) AS device,
       event,
       moment,
       coalesce(pool_id, '[not recorded]') AS pool,
       printf(CASE WHEN stream BETWEEN 0 AND 4095 THEN '%d' ELSE '0x%x' END, stream) AS stream,
       format_bytes(sum(reserved_bytes)) AS reserved,
       format_bytes(sum(requested_bytes + rounding_bytes)) AS allocated,
       format_bytes(sum(cached_bytes)) AS cached,
       format_bytes(sum(stranded_bytes)) AS stranded,
       format_bytes(max(largest_hole_bytes)) AS largest_hole
FROM pool_fragmentation
WHERE :device IS NULL OR device = :device
GROUP BY pool_fragmentation.device, event, moment, pool_id, pool_fragmentation.stream
ORDER BY 1, event, moment, sum(reserved_bytes) DESC;
