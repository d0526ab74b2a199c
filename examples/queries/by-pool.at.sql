-- Memory pools at a moment: allocations as far as their pool is recorded, and the segments that the pool keeps reserved
-- Segments are rebuilt from the events; "unused" is an estimate before the end. :at any moment, :device one device only
WITH wanted AS (
    SELECT device FROM devices
    WHERE (:device IS NULL OR device = :device) AND event_of(device, :at) IS NOT NULL
), held AS (
    SELECT b.device, b.pool_id, count(DISTINCT b.segment) AS segments, sum(b.size) AS reserved,
           sum(CASE WHEN b.state = 'inactive' THEN b.size ELSE 0 END) AS unused, max(b.estimated) AS estimated
    FROM wanted AS d JOIN blocks_at(d.device, :at) AS b GROUP BY b.device, b.pool_id
), used AS (
    SELECT a.device, a.pool_id, count(*) AS allocations, sum(a.size) AS bytes
    FROM wanted AS d JOIN alive_at(d.device, :at) AS a GROUP BY a.device, a.pool_id
), pools AS (SELECT device, pool_id FROM held UNION SELECT device, pool_id FROM used)
SELECT device_name(p.device) AS device,
       CASE p.pool_id WHEN '0,0' THEN '0,0 (default)' ELSE coalesce(p.pool_id, '[not recorded]') END AS pool,
       u.allocations,
       format_bytes(u.bytes) AS size,
       u.bytes,
       h.segments,
       format_bytes(h.reserved) AS reserved,
       format_bytes(h.unused) AS unused,
       CASE h.estimated WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS estimated
FROM pools AS p
LEFT JOIN held AS h ON h.device = p.device AND h.pool_id IS p.pool_id
LEFT JOIN used AS u ON u.device = p.device AND u.pool_id IS p.pool_id
ORDER BY 1, u.bytes DESC, h.reserved DESC;
