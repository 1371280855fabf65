/** A process of its own, for its time zone: sends birth dates through a command-api, and prints what was stored. */
import { inMemory } from '../command-api.fixture.ts';

const { api, memory } = inMemory();
const legalName = { givenName: 'Ada', familyName: 'Byron' };
const birthDates = process.argv.slice(2);

for (const [index, birthDate] of birthDates.entries()) {
  await api.command('/v1/persons', { personId: `p-${index}`, legalName, birthDate });
  await api.command('/v1/persons', { personId: `q-${index}`, legalName });
  await api.command(`/v1/persons/q-${index}/correct-birth-date`, { birthDate });
}
const stored = memory.log.map((json) => (JSON.parse(json) as { data: { birthDate: string | null } }).data.birthDate);
const minutesBehindUtc = new Date(2026, 0, 1).getTimezoneOffset();
process.stdout.write(JSON.stringify({ minutesBehindUtc, stored: stored.filter((birthDate) => birthDate !== null) }));
