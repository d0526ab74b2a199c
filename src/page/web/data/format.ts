// Numbers as snapq prints them: KiB, MiB, GiB with two decimals; thousands separated by commas.

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** "512 B", "1.50 MiB"; negative sizes have a minus sign. */
export function bytesText(bytes: number): string {
  if (bytes < 0) return `-${bytesText(-bytes)}`;
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  let value = bytes / 1024;
  let unit = 0;
  // 1023.995 KiB would be printed as 1024.00 KiB.
  while (Math.round(value * 100) >= 102400 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(2)} ${UNITS[unit]}`;
}

/** With a sign in any case: "+8.12 MiB", "0 B". */
export function differenceText(bytes: number): string {
  return bytes > 0 ? `+${bytesText(bytes)}` : bytesText(bytes);
}

/** "1,234,567" */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "67.5 %" */
export function shareText(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(1)} %`;
}

/** A length of time: "250 us", "1.25 ms", "3.10 s", "2 min 05 s". */
export function durationText(us: number): string {
  if (us < 0) return `-${durationText(-us)}`;
  if (us < 1000) return `${Math.round(us)} us`;
  if (us < 1e6) return `${(us / 1000).toFixed(2)} ms`;
  if (us < 60e6) return `${(us / 1e6).toFixed(2)} s`;
  const seconds = Math.round(us / 1e6);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** The event as people read it: "event 1,234", or "before the recording". */
export function eventText(event: number): string {
  return event < 0 ? 'before the recording' : `event ${countText(event)}`;
}
