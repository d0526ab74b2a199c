-- Segments reserved at a moment, most unused bytes first
-- The segments are rebuilt from the events; what is used in them is an estimate before the end ("estimated").
-- :at any moment, :device one device only, :top rows (40)
SELECT device_name(b.device) AS device,
       b.segment,
       address(b.segment_address) AS address,
       b.segment_type AS type,
       CASE WHEN b.stream <> 0 THEN address(b.stream) ELSE b.stream END AS stream,
       b.pool_id AS pool,
       CASE b.is_expandable WHEN 1 THEN 'yes' END AS expandable,
       format_bytes(b.segment_size) AS size,
       format_bytes(b.segment_size - sum(CASE b.state WHEN 'active_allocated' THEN b.size ELSE 0 END)) AS unused,
       b.segment_size - sum(CASE b.state WHEN 'active_allocated' THEN b.size ELSE 0 END) AS unused_bytes,
       round(100.0 * sum(CASE b.state WHEN 'active_allocated' THEN b.size ELSE 0 END) / nullif(b.segment_size, 0), 1) AS "% used",
       count(b.size) AS blocks,
       CASE WHEN max(b.state <> 'inactive') THEN sum(b.state = 'inactive') END AS holes,
       CASE WHEN max(b.state <> 'inactive') THEN format_bytes(max(CASE WHEN b.state = 'inactive' THEN b.size END))
       END AS largest_hole,
       CASE b.estimated WHEN 1 THEN 'yes' ELSE 'no' END AS estimated
FROM devices AS d JOIN blocks_at(d.device, :at) AS b
WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
GROUP BY b.device, b.segment
ORDER BY 1, unused_bytes DESC, b.segment
LIMIT coalesce(:top, 40);
