-- Operators by the memory they hold at the peak, and by all they allocate
-- :at what is live at a moment instead, :device one device only, :top rows (30)
SELECT device_name(t.device) AS device,
       coalesce(s.op, CASE WHEN s.kind = 'empty' THEN '[no stack]' ELSE '[no operator]' END) AS op,
       format_bytes(sum(t.peak_bytes)) AS at_peak,
       sum(t.peak_bytes) AS peak_bytes,
       sum(t.peak_count) AS peak_count,
       sum(t.allocations) AS allocations,
       format_bytes(sum(t.total_bytes)) AS total,
       format_bytes(sum(t.end_bytes)) AS at_end
FROM stack_totals AS t LEFT JOIN stacks AS s USING (stack_id)
WHERE :device IS NULL OR t.device = :device
GROUP BY t.device, 2
ORDER BY 1, peak_bytes DESC, sum(t.total_bytes) DESC
LIMIT coalesce(:top, 30);
