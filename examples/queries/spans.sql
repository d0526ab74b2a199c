-- Annotated spans (record_function, optimizer and profiler steps): memory at the start, at the peak and at the end
-- A span's peak is a moment: --param at=span:NAME. :device one device only
SELECT device,
       printf('%*s', depth * 2, '') || name || CASE cut WHEN 1 THEN ' (cut off)' ELSE '' END AS span,
       round((end_time_us - start_time_us) / 1000.0, 3) AS ms,
       start_event,
       end_event,
       format_bytes(start_bytes) AS "start",
       format_bytes(peak_bytes) AS peak,
       format_bytes(end_bytes) AS "end",
       format_bytes(end_bytes - start_bytes) AS kept,
       peak_event
FROM spans
WHERE :device IS NULL OR device = :device
ORDER BY device, start_time_us, depth;
