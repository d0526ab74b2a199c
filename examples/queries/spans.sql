-- Annotated spans (record_function, optimizer and profiler steps): memory at the start, at the peak and at the end
-- A span's peak is a moment, which the last column shows: --at span:NAME#2. :device one device only
SELECT device_name(device) AS device,
       printf('%*s', depth * 2, '') || name || CASE cut WHEN 1 THEN ' (cut off)' ELSE '' END AS span,
       round((end_time_us - start_time_us) / 1000.0, 3) AS ms,
       start_event,
       end_event,
       format_bytes(start_bytes) AS "start",
       format_bytes(peak_bytes) AS peak,
       format_bytes(end_bytes) AS "end",
       format_bytes(end_bytes - start_bytes) AS kept,
       peak_event,
       CASE WHEN peak_event IS NOT NULL THEN 'span:' || name ||
           CASE WHEN count(*) OVER same > 1 THEN '#' || (row_number() OVER (same ORDER BY start_time_us, rowid) - 1) ELSE '' END
       END AS moment
FROM spans
WHERE :device IS NULL OR device = :device
WINDOW same AS (PARTITION BY device, name, peak_event IS NULL)
ORDER BY 1, start_time_us, depth;
