-- Segments reserved at the end, most unused bytes first
-- :at those of a moment instead of the end, :device one device only, :top rows (40)
SELECT device_name(s.device) AS device,
       s.segment_id AS segment,
       address(s.address) AS address,
       s.segment_type AS type,
       CASE WHEN s.stream <> 0 THEN address(s.stream) ELSE s.stream END AS stream,
       s.pool_id AS pool,
       CASE s.is_expandable WHEN 1 THEN 'yes' END AS expandable,
       format_bytes(s.total_size) AS size,
       format_bytes(s.total_size - s.allocated_size) AS unused,
       s.total_size - s.allocated_size AS unused_bytes,
       round(100.0 * s.allocated_size / nullif(s.total_size, 0), 1) AS "% used",
       count(b.block) AS blocks,
       CASE WHEN max(b.state <> 'inactive') THEN sum(b.state = 'inactive') END AS holes,
       CASE WHEN max(b.state <> 'inactive') THEN format_bytes(max(CASE WHEN b.state = 'inactive' THEN b.size END))
       END AS largest_hole
FROM segments AS s LEFT JOIN blocks AS b USING (segment_id)
WHERE :device IS NULL OR s.device = :device
GROUP BY s.segment_id
ORDER BY 1, unused_bytes DESC, s.segment_id
LIMIT coalesce(:top, 40);
