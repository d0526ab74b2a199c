-- Bytes of activations at the peak for each token of a step, by job. Needs label tokens: the tokens of a step on a rank.
SELECT c.job, sum(c.bytes) AS activation_bytes, sum(c.bytes) / sum(CAST(l.value AS DOUBLE)) AS bytes_per_token
FROM category_totals c
JOIN labels l ON l.job = c.job AND l.archive = c.archive AND l.key = 'tokens'
WHERE c.moment = 'peak' AND c.category = 'activation'
GROUP BY c.job
ORDER BY c.job;
