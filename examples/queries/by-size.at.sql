-- Size classes (powers of two): allocations and bytes that are live at a moment
-- :at any moment, :device one device only
WITH RECURSIVE classes(low) AS (
    SELECT 1 UNION ALL SELECT low * 2 FROM classes WHERE low < 1 << 46
), sizes AS (
    SELECT a.device, a.size, count(*) AS allocations
    FROM devices AS d JOIN alive_at(d.device, :at) AS a
    WHERE (:device IS NULL OR d.device = :device) AND event_of(d.device, :at) IS NOT NULL
    GROUP BY a.device, a.size
)
SELECT device_name(s.device) AS device,
       format_bytes(c.low) AS "from",
       format_bytes(c.low * 2) AS below,
       sum(s.allocations) AS allocations,
       format_bytes(sum(s.allocations * s.size)) AS size,
       sum(s.allocations * s.size) AS bytes,
       count(*) AS sizes
FROM sizes AS s JOIN classes AS c ON s.size >= c.low AND s.size < c.low * 2
GROUP BY s.device, c.low
ORDER BY 1, c.low;
