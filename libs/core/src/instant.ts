/** The later of two instants (RFC 3339, UTC) in any notation: a row from Postgres says `+00:00`, an event `Z`. */
export function laterOf(left: string, right: string): string {
  return compareInstants(left, right) < 0 ? right : left;
}

/** Order of instants (RFC 3339, UTC) in any notation: negative where the left one is earlier. */
export function compareInstants(left: string, right: string): number {
  const [one, other] = [sortKey(left), sortKey(right)];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Text that sorts like the instant, to the microsecond, which Date does not keep. */
function sortKey(instant: string): string {
  const [, seconds = '', fraction = ''] = /^([^.Z+]+)(?:\.(\d+))?/.exec(instant) ?? [];
  return seconds + fraction.padEnd(6, '0');
}
