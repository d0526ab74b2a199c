-- What does not add up in the recording: frees without alloc, reused addresses, dropped values
SELECT device, kind, count, first_event FROM anomalies ORDER BY device, count DESC;
