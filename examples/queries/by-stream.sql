-- CUDA streams: what each holds at the peak and at the end; memory of one stream is not reused by another
-- :at what is live at a moment instead, :device one device only
SELECT device_name(device) AS device,
       CASE WHEN stream = 0 THEN '0 (default)' WHEN stream IS NULL THEN '[not recorded]' ELSE address(stream) END AS stream,
       sum(allocations) AS allocations,
       format_bytes(sum(total_bytes)) AS total,
       format_bytes(sum(peak_bytes)) AS at_peak,
       sum(peak_bytes) AS peak_bytes,
       format_bytes(sum(end_bytes)) AS at_end
FROM stream_totals
WHERE :device IS NULL OR device = :device
GROUP BY device, stream_totals.stream
ORDER BY 1, peak_bytes DESC, sum(total_bytes) DESC;
