-- Sites that allocate often: how many times, how many bytes in total, and the most at once
-- A high reuse (total / highest) is work for the allocator, which one buffer that is kept would save. :device, :top rows (20)
SELECT device_name(t.device) AS device,
       sum(t.allocations) AS allocations,
       format_bytes(sum(t.total_bytes)) AS total,
       format_bytes(max(t.max_bytes)) AS highest,
       round(1.0 * sum(t.total_bytes) / nullif(max(t.max_bytes), 0), 1) AS reuse,
       format_bytes(min(t.min_size)) AS smallest,
       format_bytes(max(t.max_size)) AS largest,
       s.site
FROM stack_totals AS t LEFT JOIN stacks AS s USING (stack_id)
WHERE t.origin = 'trace' AND (:device IS NULL OR t.device = :device)
GROUP BY t.device, s.site
ORDER BY 1, allocations DESC
LIMIT coalesce(:top, 20);
