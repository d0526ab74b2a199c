-- Pools and streams at a moment: what they hold from the driver, and how much of it is used, cached, or in holes
-- The default moment is the peak. Before the end the figures are estimated.
-- :at any moment instead of the peak, :device one device only
SELECT device_name(device) AS device,
       coalesce(pool_id, '[not recorded]') AS pool,
       printf(CASE WHEN stream BETWEEN 0 AND 4095 THEN '%d' ELSE '0x%x' END, stream) AS stream,
       format_bytes(sum(reserved_bytes)) AS reserved,
       format_bytes(sum(requested_bytes + rounding_bytes)) AS allocated,
       format_bytes(sum(cached_bytes)) AS cached,
       format_bytes(sum(stranded_bytes)) AS stranded,
       sum(segments) AS segments,
       sum(holes) AS holes,
       format_bytes(max(largest_hole_bytes)) AS largest_hole,
       format_bytes(max(largest_cached_segment_bytes)) AS largest_cached,
       sum(reserved_bytes) AS reserved_bytes
FROM pool_fragmentation
WHERE moment = 'peak' AND (:device IS NULL OR device = :device)
GROUP BY pool_fragmentation.device, pool_id, pool_fragmentation.stream
ORDER BY 1, sum(reserved_bytes) DESC;
