-- Blocks that keep mostly unused segments reserved: after freeing these, empty_cache() releases the segments
-- "frees" are the unused bytes that are released with the segment once all its "pinned_by" blocks are freed.
-- :at those of a moment instead of the end, :share highest used percentage of a segment (50), :device one device only,
-- :top rows (20)
SELECT device_name(s.device) AS device,
       s.segment_id AS segment,
       format_bytes(s.total_size) AS segment_size,
       format_bytes(s.total_size - s.allocated_size) AS frees,
       s.total_size - s.allocated_size AS frees_bytes,
       sum(count(*)) OVER (PARTITION BY s.segment_id) AS pinned_by,
       count(*) AS blocks,
       format_bytes(sum(b.size)) AS block_bytes,
       k.op,
       CASE WHEN k.kind = 'empty' THEN '[before recording]' ELSE k.site END AS site
FROM segments AS s
JOIN blocks AS b ON b.segment_id = s.segment_id AND b.state <> 'inactive'
LEFT JOIN stacks AS k ON k.stack_id = b.stack_id
WHERE s.allocated_size > 0 AND 100.0 * s.allocated_size <= coalesce(:share, 50) * s.total_size
  AND (:device IS NULL OR s.device = :device)
GROUP BY s.segment_id, k.op, 10
ORDER BY frees_bytes DESC, s.segment_id, sum(b.size) DESC
LIMIT coalesce(:top, 20);
