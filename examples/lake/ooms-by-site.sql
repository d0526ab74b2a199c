-- Out-of-memory errors by the site that asked for memory.
SELECT site, count(*) AS ooms, count(DISTINCT job) AS jobs, min(requested_bytes) AS least_bytes, max(requested_bytes) AS most_bytes
FROM oom
GROUP BY site
ORDER BY ooms DESC, site;
