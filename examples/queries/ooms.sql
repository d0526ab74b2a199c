-- Out-of-memory errors: bytes asked for, bytes available, and whether it would have fit without fragmentation
-- --named top-sites --param at=oom:0 shows what was live at the error
SELECT o.device,
       'oom:' || (row_number() OVER (PARTITION BY o.device ORDER BY o.event) - 1) AS moment,
       o.event,
       format_bytes(o.requested_bytes) AS asked,
       format_bytes(o.short_bytes) AS short_by,
       format_bytes(o.device_free_bytes) AS device_free,
       format_bytes(o.live_bytes) AS live,
       format_bytes(o.reserved_bytes) AS reserved,
       format_bytes(o.largest_hole_bytes) AS largest_hole,
       CASE o.fits_without_fragmentation WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END AS fits_defragmented,
       o.op,
       o.site
FROM oom AS o
WHERE :device IS NULL OR o.device = :device
ORDER BY o.device, o.event;
