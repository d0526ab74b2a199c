-- Pools and streams at a moment: what they hold from the driver, and how much of it is used, cached, or in holes
-- Moments that are not stored are computed; before the last event they are estimated. :at any moment, :device one device only
WITH wanted AS (
    SELECT device FROM devices
    WHERE (:device IS NULL OR device = :device) AND event_of(device, :at) IS NOT NULL
), stored AS (
    SELECT p.device, p.pool_id, p.stream, p.reserved_bytes, p.requested_bytes + p.rounding_bytes AS allocated_bytes,
           p.cached_bytes, p.stranded_bytes, p.segments, p.holes, p.largest_hole_bytes, p.largest_cached_segment_bytes
    FROM pool_fragmentation AS p JOIN wanted USING (device) WHERE p.moment = :at
), parts AS (
    SELECT b.device, b.pool_id, b.stream, b.segment_size,
           sum(b.state <> 'inactive') AS used,
           sum(CASE WHEN b.state <> 'inactive' THEN b.size ELSE 0 END) AS allocated,
           sum(CASE WHEN b.state = 'inactive' THEN b.size ELSE 0 END) AS free,
           sum(b.state = 'inactive') AS holes,
           max(CASE WHEN b.state = 'inactive' THEN b.size ELSE 0 END) AS largest
    FROM wanted AS d JOIN blocks_at(d.device, :at) AS b
    WHERE d.device NOT IN (SELECT device FROM stored)
    GROUP BY b.device, b.segment
), found AS (
    SELECT * FROM stored
    UNION ALL SELECT device, pool_id, stream, segment_size, allocated,
                     CASE WHEN used > 0 THEN 0 ELSE segment_size END, CASE WHEN used > 0 THEN free ELSE 0 END, 1,
                     CASE WHEN used > 0 THEN holes ELSE 0 END, CASE WHEN used > 0 THEN largest ELSE 0 END,
                     CASE WHEN used > 0 THEN 0 ELSE segment_size END
    FROM parts
)
SELECT device_name(device) AS device,
       coalesce(pool_id, '[not recorded]') AS pool,
       printf(CASE WHEN found.stream BETWEEN 0 AND 4095 THEN '%d' ELSE '0x%x' END, found.stream) AS stream,
       format_bytes(sum(reserved_bytes)) AS reserved,
       format_bytes(sum(allocated_bytes)) AS allocated,
       format_bytes(sum(cached_bytes)) AS cached,
       format_bytes(sum(stranded_bytes)) AS stranded,
       sum(segments) AS segments,
       sum(holes) AS holes,
       format_bytes(max(largest_hole_bytes)) AS largest_hole,
       format_bytes(max(largest_cached_segment_bytes)) AS largest_cached,
       sum(reserved_bytes) AS reserved_bytes
FROM found
GROUP BY found.device, pool_id, found.stream
ORDER BY 1, sum(reserved_bytes) DESC;
