-- Large allocations that lived less than 0.1 ms: candidates for in-place operations
SELECT s.op, s.site, count(*) AS allocations, format_bytes(max(a.size)) AS largest,
       round(avg(a.free_requested_time_us - a.alloc_time_us), 1) AS mean_us
FROM allocations AS a JOIN stacks AS s USING (stack_id)
WHERE a.size >= 4 << 20 AND a.free_requested_time_us - a.alloc_time_us < 100
GROUP BY s.op, s.site
ORDER BY allocations DESC, s.site, s.op
LIMIT 8;
