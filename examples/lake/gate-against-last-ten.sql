-- The median of the peaks of the last ten jobs, as a limit for the next one (docs/ci.md).
WITH peaks AS (
    SELECT job, max(peak_requested_bytes) AS peak_bytes, row_number() OVER (ORDER BY min(first_time) DESC) AS age
    FROM devices
    WHERE kind = 'cuda'
    GROUP BY job
), last_ten AS (
    SELECT peak_bytes, row_number() OVER (ORDER BY peak_bytes) AS place, count(*) OVER () AS jobs FROM peaks WHERE age <= 10
)
SELECT peak_bytes FROM last_ten WHERE 2 * place IN (jobs, jobs + 1);
