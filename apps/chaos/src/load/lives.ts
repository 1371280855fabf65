/**
 * What clients ask for: the life of one aggregate, or of a person and the hiring that waits for it, as a list of commands. Property-
 * generated: any order of verbs may come, so that refusals are part of every run. Each text that a client chooses
 * carries the tenant's canary.
 */
import type { Random } from '../random.ts';

/** One command, and the aggregate that it is for. */
export type Step = {
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly path: string;
  readonly body: object;
};

/** One tenant of a run. The canary is in no other tenant's data. */
export type Tenant = { readonly tenantId: string; readonly canary: string };

/** Where a life is lived: the number makes its ids unique within the tenant. */
export type Place = { readonly tenant: Tenant; readonly number: number };

/** Whose lives are lived; the app without which nothing would follow from them. */
export const lives = {
  order: 'order-read-model-projection',
  job: 'job-read-model-projection',
  hiring: 'hiring-saga',
  user: 'user_projector',
} as const;

/** A kind of life. */
export type LifeKind = keyof typeof lives;

/** Commands of one life, to be sent one after the other. */
export function life(random: Random, place: Place, kinds: readonly LifeKind[]): Step[] {
  // Orders have the most consumers.
  const kind = kinds.includes('order') && random.chance(0.4) ? 'order' : random.pick(kinds);
  return writers[kind](random, place);
}

type Aggregate = { readonly aggregateType: string; readonly plural: string; readonly aggregateId: string };

function create({ aggregateType, plural, aggregateId }: Aggregate, body: object): Step {
  return { aggregateType, aggregateId, path: `/v1/${plural}`, body: { [`${aggregateType}Id`]: aggregateId, ...body } };
}

function act({ aggregateType, plural, aggregateId }: Aggregate, verb: string, body: object = {}): Step {
  return { aggregateType, aggregateId, path: `/v1/${plural}/${aggregateId}/${verb}`, body };
}

function order(random: Random, { tenant, number }: Place): Step[] {
  const it = { aggregateType: 'order', plural: 'orders', aggregateId: `o-${number}` };
  const lines = () => [
    {
      sku: tenant.canary,
      quantity: random.between(1, 9),
      unitPrice: { amount: `${random.between(1, 99)}.50`, currency: 'EUR' },
    },
  ];
  const updates = Array.from({ length: random.between(0, 3) }, () => act(it, 'update-items', { items: lines() }));
  const whole = [
    create(it, { customerId: `c-${random.between(1, 5)}-${tenant.canary}`, items: lines() }),
    ...updates,
    act(it, 'confirm'),
    act(it, 'ship', { trackingNumber: `T-${tenant.canary}`, carrier: 'DHL' }),
    act(it, 'deliver'),
  ];
  return interrupted(random, whole, act(it, 'cancel', { reason: tenant.canary }));
}

function job(random: Random, { tenant, number }: Place): Step[] {
  const it = { aggregateType: 'job', plural: 'jobs', aggregateId: `j-${number}` };
  const failures = Array.from({ length: random.between(0, 2) }, () => [
    act(it, 'fail', { reason: tenant.canary }),
    act(it, 'retry'),
    act(it, 'start'),
  ]);
  const whole = [
    create(it, { name: tenant.canary, command: 'run', image: 'image:1', metadata: { canary: tenant.canary } }),
    act(it, 'start'),
    ...failures.flat(),
    act(it, 'complete'),
  ];
  return interrupted(random, whole, act(it, 'cancel', { reason: tenant.canary }));
}

/** The person comes before, after, or in the middle: either order must do. */
function hiring(random: Random, { tenant, number }: Place): Step[] {
  const person = { aggregateType: 'person', plural: 'persons', aggregateId: `p-${number}` };
  const it = { aggregateType: 'hiring', plural: 'hirings', aggregateId: `h-${number}` };
  const legalName = { givenName: tenant.canary, familyName: 'Lovelace' };
  const start = create(it, { personId: person.aggregateId, organizationId: `org-${tenant.canary}` });
  const both = random.shuffled([start, create(person, { legalName })]);
  return [...both, act(person, 'change-email', { email: `${tenant.canary}@example.org` })];
}

function user(random: Random, { tenant, number }: Place): Step[] {
  const it = { aggregateType: 'user', plural: 'users', aggregateId: `u-${number}` };
  const renames = Array.from({ length: random.between(0, 2) }, (_, index) =>
    act(it, 'change-name', { username: `${tenant.canary} ${index}` }),
  );
  const whole = [
    create(it, { email: `u-${number}-${tenant.canary}@example.org`, username: tenant.canary }),
    ...renames,
  ];
  return interrupted(random, whole, act(it, 'deactivate', { reason: tenant.canary }));
}

/** Now and then the end comes early, and now and then a command is sent that must be refused. */
function interrupted(random: Random, whole: Step[], end: Step): Step[] {
  if (random.chance(0.15)) return [...whole.slice(0, random.between(1, whole.length)), end, end];
  const again = whole.at(-1);
  return again && random.chance(0.1) ? [...whole, again] : whole;
}

const writers: Readonly<Record<LifeKind, (random: Random, place: Place) => Step[]>> = { order, job, hiring, user };
