-- The highest peak of all ranks, by commit, in the order of time. Needs label commit.
SELECT l.value AS git_commit,
       min(d.first_time) AS recorded,
       count(*) AS ranks,
       max(d.peak_requested_bytes) AS peak_bytes
FROM devices d
JOIN labels l ON l.job = d.job AND l.archive = d.archive AND l.key = 'commit'
WHERE d.kind = 'cuda'
GROUP BY l.value
ORDER BY recorded, git_commit;
