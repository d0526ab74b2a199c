-- Where memory allocated by one operator is freed
SELECT a.op, f.site AS freed_by, count(*) AS frees, format_bytes(sum(x.size)) AS size
FROM allocations AS x
JOIN stacks AS a ON a.stack_id = x.stack_id
JOIN stacks AS f ON f.stack_id = x.free_stack_id
WHERE a.op = 'mm'
GROUP BY a.op, f.site
ORDER BY sum(x.size) DESC, f.site
LIMIT 8;
