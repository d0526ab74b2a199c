-- The whole stacks behind a site: --param site=%model.py% (best read with --format line)
-- :site a LIKE pattern (all), :device one device only, :top stacks (5), by what they hold at the peak
-- :at what they hold at a moment instead
SELECT device_name(t.device) AS device,
       t.stack_id,
       t.allocations,
       format_bytes(t.peak_bytes) AS at_peak,
       format_bytes(t.total_bytes) AS total,
       s.op,
       s.site,
       s.callstack
FROM (SELECT t.device, t.stack_id, sum(t.allocations) AS allocations, sum(t.peak_bytes) AS peak_bytes, sum(t.total_bytes) AS total_bytes
      FROM stack_totals AS t JOIN stacks AS s USING (stack_id)
      WHERE s.site LIKE coalesce(:site, '%') AND (:device IS NULL OR t.device = :device)
      GROUP BY t.device, t.stack_id
      ORDER BY peak_bytes DESC, total_bytes DESC
      LIMIT coalesce(:top, 5)) AS t
     JOIN stacks AS s USING (stack_id)
ORDER BY t.peak_bytes DESC, t.total_bytes DESC;
