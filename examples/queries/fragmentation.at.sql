-- Where reserved bytes go at a moment: requested, lost to rounding, cached (empty segments), stranded (holes between blocks)
-- Moments that are not stored are computed; before the last event they are estimated. :at any moment, :device one device only
WITH wanted AS (
    SELECT device FROM devices
    WHERE (:device IS NULL OR device = :device) AND event_of(device, :at) IS NOT NULL
), stored AS (
    SELECT f.device, f.moment, f.estimated, f.reserved_bytes, f.requested_bytes, f.rounding_bytes, f.cached_bytes,
           f.stranded_bytes, f.segments, f.cached_segments, f.largest_cached_segment_bytes, f.holes, f.largest_hole_bytes
    FROM fragmentation AS f JOIN wanted USING (device) WHERE f.moment = :at
), parts AS (
    SELECT b.device, b.segment, b.segment_size, max(b.estimated) AS estimated,
           sum(b.state <> 'inactive') AS used,
           sum(b.requested_size) AS requested,
           sum(CASE WHEN b.state <> 'inactive' THEN b.size - b.requested_size END) AS rounding,
           sum(CASE WHEN b.state = 'inactive' THEN b.size ELSE 0 END) AS free,
           sum(b.state = 'inactive') AS holes,
           max(CASE WHEN b.state = 'inactive' THEN b.size END) AS largest_hole
    FROM wanted AS d JOIN blocks_at(d.device, :at) AS b
    WHERE d.device NOT IN (SELECT device FROM stored)
    GROUP BY b.device, b.segment
), computed AS (
    SELECT device, :at, max(estimated), sum(segment_size), coalesce(sum(requested), 0), coalesce(sum(rounding), 0),
           sum(CASE WHEN used = 0 THEN segment_size ELSE 0 END), sum(CASE WHEN used > 0 THEN free ELSE 0 END),
           count(*), sum(used = 0), max(CASE WHEN used > 0 THEN 0 ELSE segment_size END), sum(CASE WHEN used > 0 THEN holes ELSE 0 END),
           max(CASE WHEN used > 0 THEN largest_hole END)
    FROM parts GROUP BY device
), found AS (SELECT * FROM stored UNION ALL SELECT * FROM computed)
SELECT device_name(device) AS device,
       moment,
       CASE estimated WHEN 1 THEN 'yes' ELSE 'no' END AS estimated,
       format_bytes(reserved_bytes) AS reserved,
       format_bytes(requested_bytes) AS requested,
       format_bytes(rounding_bytes) AS rounding,
       format_bytes(cached_bytes) AS cached,
       format_bytes(stranded_bytes) AS stranded,
       round(100.0 * stranded_bytes / nullif(reserved_bytes, 0), 1) AS "% stranded",
       segments,
       cached_segments,
       format_bytes(largest_cached_segment_bytes) AS largest_cached,
       holes,
       format_bytes(largest_hole_bytes) AS largest_hole
FROM found
ORDER BY 1;
