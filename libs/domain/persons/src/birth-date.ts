const EARLIEST = '1800-01-01';

/**
 * Why a text is no day on which a person can have been born; undefined if it is one. A birth date is a day of the
 * calendar and never an instant: it is compared as text, so no time zone can move it.
 * @param now instant (RFC 3339, UTC) whose day is the latest
 */
export function birthDateFault(birthDate: string, now: string): string | undefined {
  if (!isCalendarDay(birthDate)) return 'is not a day of the calendar as YYYY-MM-DD';
  if (birthDate < EARLIEST) return `is before ${EARLIEST}`;
  if (birthDate > now.slice(0, EARLIEST.length)) return 'is in the future';
  return undefined;
}

function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  // Date takes 31 April for 1 May; only what comes back unchanged is a day of the calendar.
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
