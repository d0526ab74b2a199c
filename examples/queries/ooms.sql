-- Out-of-memory errors: bytes asked for, bytes that could have served the request, and what would have helped
-- "usable" is free memory of the request's own pool, stream and kind of segment, and cached segments that can be
-- released; "not_usable" is free elsewhere. "fits_defragmented": whether the usable bytes would have been enough in one
-- piece, or what the file lacks to tell. --named top-sites --param at=oom:0 shows what was live at the error
WITH numbered AS MATERIALIZED ( -- one pass over oom: to find a row by its key, SQLite reads the whole sites of other rows
    SELECT row_number() OVER (PARTITION BY device ORDER BY event) - 1 AS number, device_name(device) AS name,
           device, event, stack_id, requested_bytes, short_bytes, device_free_bytes, live_bytes, reserved_bytes,
           largest_hole_bytes, pool_id, stream, usable_bytes, usable_largest_bytes, fits_without_fragmentation, verdict_lacks
    FROM oom WHERE :device IS NULL OR device = :device
    ORDER BY name, event LIMIT -1
), unusable AS MATERIALIZED (
    SELECT device, event,
           group_concat(format_bytes(bytes) || ' ' ||
               CASE reason
                   WHEN 'pool' THEN 'in pool ' || coalesce(pool_id, '0,0')
                   WHEN 'stream' THEN 'of stream ' || printf(CASE WHEN stream BETWEEN 0 AND 4095 THEN '%d' ELSE '0x%x' END, stream)
                   WHEN 'size_class' THEN 'in segments for other sizes'
                   WHEN 'rest_of_block' THEN 'as rest of blocks'
                   WHEN 'pending' THEN 'freed, but waiting for a stream'
                   ELSE reason
               END, '; ') AS list
    FROM (SELECT * FROM oom_unusable ORDER BY device, event, bytes DESC LIMIT -1) -- LIMIT: SQLite then keeps the order
    GROUP BY device, event
)
SELECT n.name AS device,
       'oom:' || n.number AS moment,
       n.event,
       format_bytes(n.requested_bytes) AS asked,
       format_bytes(n.short_bytes) AS short_by,
       format_bytes(n.device_free_bytes) AS device_free,
       format_bytes(n.live_bytes) AS live,
       format_bytes(n.reserved_bytes) AS reserved,
       format_bytes(n.largest_hole_bytes) AS largest_hole,
       n.pool_id AS pool,
       n.stream,
       format_bytes(n.usable_bytes) AS usable,
       format_bytes(n.usable_largest_bytes) AS largest_usable,
       u.list AS not_usable,
       CASE n.fits_without_fragmentation WHEN 1 THEN 'yes' WHEN 0 THEN 'no' ELSE 'unknown: ' || n.verdict_lacks
       END AS fits_defragmented,
       s.op, -- the same as in oom, and not a whole text for each row
       s.site
FROM numbered AS n LEFT JOIN unusable AS u ON u.device = n.device AND u.event = n.event
LEFT JOIN stacks AS s ON s.stack_id = n.stack_id;
