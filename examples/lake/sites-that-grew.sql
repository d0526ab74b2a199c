-- Sites that hold more at the peak of the last job than at that of the job before: the sum over all ranks.
WITH jobs AS (
    SELECT job, row_number() OVER (ORDER BY min(first_time) DESC) AS age FROM devices GROUP BY job
), sites AS (
    SELECT j.age, coalesce(s.site, '[no site]') AS site, sum(s.bytes) AS bytes
    FROM live_stacks s
    JOIN jobs j ON j.job = s.job
    WHERE s.moment = 'peak' AND j.age <= 2
    GROUP BY j.age, coalesce(s.site, '[no site]')
)
SELECT a.site, coalesce(b.bytes, 0) AS bytes_before, a.bytes AS bytes_now, a.bytes - coalesce(b.bytes, 0) AS growth_bytes
FROM sites a
LEFT JOIN sites b ON b.site = a.site AND b.age = 2
WHERE a.age = 1 AND a.bytes > coalesce(b.bytes, 0)
ORDER BY growth_bytes DESC, a.site;
