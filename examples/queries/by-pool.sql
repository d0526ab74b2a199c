-- Memory pools (graph captures and torch.cuda.MemPool have their own): allocations, and the segments they keep at the end
-- Only newer versions of PyTorch record the pool of an event. Memory that is older than the trace and stays to its end
-- has the pool of its segment.
-- :at what each holds at a moment instead, :device one device only
WITH held AS (
    SELECT device, pool_id, count(*) AS segments, sum(total_size) AS reserved, sum(allocated_size) AS allocated
    FROM segments GROUP BY device, pool_id
), used AS (
    SELECT device, pool_id, sum(allocations) AS allocations, sum(peak_bytes) AS peak_bytes, sum(end_bytes) AS end_bytes
    FROM stream_totals GROUP BY device, pool_id
), pools AS (SELECT device, pool_id FROM held UNION SELECT device, pool_id FROM used)
SELECT device_name(p.device) AS device,
       CASE p.pool_id WHEN '0,0' THEN '0,0 (default)' ELSE coalesce(p.pool_id, '[not recorded]') END AS pool,
       u.allocations,
       format_bytes(u.peak_bytes) AS at_peak,
       u.peak_bytes,
       format_bytes(u.end_bytes) AS at_end,
       h.segments,
       format_bytes(h.reserved) AS reserved_at_end,
       format_bytes(h.reserved - h.allocated) AS unused_at_end
FROM pools AS p
LEFT JOIN held AS h ON h.device = p.device AND h.pool_id IS p.pool_id
LEFT JOIN used AS u ON u.device = p.device AND u.pool_id IS p.pool_id
WHERE :device IS NULL OR p.device = :device
ORDER BY 1, u.peak_bytes DESC, h.reserved DESC;
