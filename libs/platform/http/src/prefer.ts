/** Whether `Prefer` (RFC 7240) asks for an answer before the work is done. Other preferences are none of ours, and ignored. */
export function prefersAsync(header: string | string[] | undefined): boolean {
  // What is in quotes is the value of some other preference.
  const preferences = [header ?? []]
    .flat()
    .join(',')
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .split(',');
  return preferences.some((preference) => /^\s*respond-async\s*(;|$)/i.test(preference));
}
