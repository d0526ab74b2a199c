-- What was live at the OOM that was not live at the start, by site?
SELECT s.site, count(*) AS allocations, format_bytes(sum(a.size)) AS size
FROM alive_at(0, 'oom') AS a JOIN stacks AS s USING (stack_id)
WHERE a.idx NOT IN (SELECT idx FROM alive_at(0, 'start'))
GROUP BY s.site
ORDER BY sum(a.size) DESC;
