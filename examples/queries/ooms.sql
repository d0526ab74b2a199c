-- Out-of-memory errors: bytes asked for, bytes that could have served the request, and what would have helped
-- "usable" is free memory of the request's own pool, stream and kind of segment, and cached segments that can be
-- released; "not_usable" is free elsewhere. "fits_defragmented": whether the usable bytes would have been enough in one
-- piece, or what the file lacks to tell. --named top-sites --param at=oom:0 shows what was live at the error
WITH numbered AS MATERIALIZED ( -- without the names of operators and sites: sorting long ones needs much memory
    SELECT device, event, device_name(device) AS name,
           row_number() OVER (PARTITION BY device ORDER BY event) - 1 AS number
    FROM oom WHERE :device IS NULL OR device = :device
    ORDER BY name, event LIMIT -1
)
SELECT n.name AS device,
       'oom:' || n.number AS moment,
       o.event,
       format_bytes(o.requested_bytes) AS asked,
       format_bytes(o.short_bytes) AS short_by,
       format_bytes(o.device_free_bytes) AS device_free,
       format_bytes(o.live_bytes) AS live,
       format_bytes(o.reserved_bytes) AS reserved,
       format_bytes(o.largest_hole_bytes) AS largest_hole,
       o.pool_id AS pool,
       o.stream,
       format_bytes(o.usable_bytes) AS usable,
       format_bytes(o.usable_largest_bytes) AS largest_usable,
       (SELECT group_concat(format_bytes(u.bytes) || ' ' ||
               CASE u.reason
                   WHEN 'pool' THEN 'in pool ' || coalesce(u.pool_id, '0,0')
                   WHEN 'stream' THEN 'of stream ' || printf(CASE WHEN u.stream BETWEEN 0 AND 4095 THEN '%d' ELSE '0x%x' END, u.stream)
                   WHEN 'size_class' THEN 'in segments for other sizes'
                   WHEN 'rest_of_block' THEN 'as rest of blocks'
                   WHEN 'pending' THEN 'freed, but waiting for a stream'
                   ELSE u.reason
               END, '; ')
        FROM (SELECT * FROM oom_unusable AS all_unusable
              WHERE all_unusable.device = o.device AND all_unusable.event = o.event
              ORDER BY bytes DESC LIMIT -1) AS u) AS not_usable, -- LIMIT: SQLite then keeps the order
       CASE o.fits_without_fragmentation WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown: ' || o.verdict_lacks
       END AS fits_defragmented,
       o.op,
       s.site
FROM numbered AS n CROSS JOIN oom AS o USING (device, event) LEFT JOIN stacks AS s USING (stack_id);
