-- What rounding up to blocks costs at the end, by size of the request
SELECT requested_size, count(*) AS blocks, format_bytes(sum(size - requested_size)) AS lost
FROM blocks
WHERE state = 'active_allocated' AND requested_size IS NOT NULL
GROUP BY requested_size
HAVING sum(size - requested_size) > 0
ORDER BY sum(size - requested_size) DESC, requested_size
LIMIT 10;
