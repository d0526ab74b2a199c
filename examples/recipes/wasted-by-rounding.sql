-- Bytes lost at the end because blocks are rounded up, by requested size
SELECT requested_size, count(*) AS blocks, format_bytes(sum(size - requested_size)) AS lost
FROM blocks
WHERE state = 'active_allocated' AND requested_size IS NOT NULL
GROUP BY requested_size
HAVING sum(size - requested_size) > 0
ORDER BY sum(size - requested_size) DESC, requested_size
LIMIT 10;
