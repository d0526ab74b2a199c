-- Sites that hold more at the end than before the first event, and when the remaining memory was allocated
-- "when" counts the allocations that are still live, for each tenth of the trace in which they were made. Similar counts
-- can mean a leak, or activations that a forward pass saves; a single high count means set-up.
-- start is older than the recording; without a stack of its own, such memory is listed under the line that freed it
-- :at until this moment instead of the end, :device one device only, :top rows (20)
-- site_id: the lowest stack_id of a site, because a site can be a long text, which would be sorted many times
WITH named AS MATERIALIZED (
    SELECT stack_id, kind, min(stack_id) OVER (PARTITION BY site) AS site_id FROM stacks
), tenths AS (
    SELECT t.device, n.site_id, j.key AS tenth, sum(j.value) AS count
    FROM stack_totals AS t JOIN named AS n USING (stack_id) JOIN json_each(t.unfreed_tenths) AS j
    WHERE :device IS NULL OR t.device = :device
    GROUP BY t.device, n.site_id, j.key
), profiles AS (
    SELECT device, site_id, group_concat(count, ' ') AS tenths
    FROM (SELECT * FROM tenths ORDER BY device, site_id, tenth) GROUP BY device, site_id
), sites AS (
    SELECT l.device,
           CASE WHEN l.origin <> 'trace' AND n.kind = 'empty' THEN -1 ELSE n.site_id END AS site_id,
           sum(l.bytes) FILTER (WHERE l.moment = 'start') AS start_bytes,
           sum(l.bytes) FILTER (WHERE l.moment = 'end') AS end_bytes
    FROM live_stacks AS l LEFT JOIN named AS n USING (stack_id)
    WHERE l.moment IN ('start', 'end') AND (:device IS NULL OR l.device = :device)
    GROUP BY 1, 2
)
SELECT device_name(device) AS device,
       format_bytes(coalesce(end_bytes, 0) - coalesce(start_bytes, 0)) AS growth,
       coalesce(end_bytes, 0) - coalesce(start_bytes, 0) AS growth_bytes,
       format_bytes(coalesce(start_bytes, 0)) AS "start",
       format_bytes(coalesce(end_bytes, 0)) AS "end",
       p.tenths AS "when",
       CASE site_id WHEN -1 THEN '[before recording]' ELSE (SELECT site FROM stacks WHERE stack_id = site_id) END AS site
FROM sites LEFT JOIN profiles AS p USING (device, site_id)
WHERE growth_bytes <> 0
ORDER BY growth_bytes DESC, sites.device, site
LIMIT coalesce(:top, 20);
