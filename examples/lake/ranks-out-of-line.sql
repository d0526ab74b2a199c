-- Ranks whose peak differs by more than 1 % from the median of their job. The median of an even number of ranks is
-- the lower one of the two in the middle.
WITH ordered AS (
    SELECT job, rank, archive, peak_requested_bytes AS peak_bytes,
           row_number() OVER (PARTITION BY job ORDER BY peak_requested_bytes) AS place,
           count(*) OVER (PARTITION BY job) AS ranks
    FROM devices
    WHERE kind = 'cuda'
), medians AS (
    SELECT job, peak_bytes AS median_bytes FROM ordered WHERE 2 * place IN (ranks, ranks + 1)
)
SELECT o.job, o.rank, o.peak_bytes, m.median_bytes
FROM ordered o
JOIN medians m ON m.job = o.job
WHERE abs(o.peak_bytes - m.median_bytes) > m.median_bytes * 0.01
ORDER BY o.job, o.rank;
