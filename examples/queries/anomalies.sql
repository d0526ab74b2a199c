-- Inconsistencies in the recording: frees without allocation, reused addresses, dropped values
SELECT device_name(device) AS device, kind, count, first_event FROM anomalies ORDER BY device, count DESC;
