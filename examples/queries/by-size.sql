-- Size classes (powers of two): allocations and bytes, in total and at the peak
-- Requests above 1 MiB lie in large segments.
-- :at what is live at a moment instead, :device one device only
WITH RECURSIVE classes(low) AS (
    SELECT 1 UNION ALL SELECT low * 2 FROM classes WHERE low < 1 << 46
), sizes AS (
    SELECT a.device, a.size, count(*) AS allocations,
           sum(coalesce(a.alloc_event, -1) <= d.peak_event AND (a.end_event IS NULL OR a.end_event > d.peak_event)) AS at_peak
    FROM allocations AS a JOIN devices AS d USING (device)
    WHERE :device IS NULL OR a.device = :device
    GROUP BY a.device, a.size
)
SELECT device_name(s.device) AS device,
       format_bytes(c.low) AS "from",
       format_bytes(c.low * 2) AS below,
       sum(s.allocations) AS allocations,
       format_bytes(sum(s.allocations * s.size)) AS total,
       sum(s.at_peak) AS peak_count,
       format_bytes(sum(s.at_peak * s.size)) AS at_peak,
       sum(s.at_peak * s.size) AS peak_bytes,
       count(*) AS sizes
FROM sizes AS s JOIN classes AS c ON s.size >= c.low AND s.size < c.low * 2
GROUP BY s.device, c.low
ORDER BY 1, c.low;
