-- Which allocations were made in one function or in what it called, and how long did they live?
SELECT a.idx, format_bytes(a.size) AS size, a.alloc_event, a.end_event,
       round((a.free_requested_time_us - a.alloc_time_us) / 1000.0, 3) AS ms
FROM allocations AS a JOIN stacks AS s USING (stack_id)
WHERE s.callstack REGEXP 'model\.py:\d+:forward'
ORDER BY a.size DESC, a.idx
LIMIT 10;
