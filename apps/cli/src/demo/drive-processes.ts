import { randomUUID } from 'node:crypto';

import { type DemoClient, post, waitFor } from './demo-client.ts';

/** What was started, for the proof. */
export type DrivenProcesses = { readonly pipelineId: string; readonly hiringId: string; readonly users: number };

const steps = ['extract', 'transform', 'load'].map((name) => ({
  name,
  command: `python ${name}.py`,
  image: 'python:3.13',
}));

/** Sets a tenant up and gives it users, one of whom leaves. @returns how many are left */
export async function driveTenant(operator: DemoClient, own: DemoClient, tenantId: string): Promise<number> {
  await post(operator, '/v1/tenants', { tenantId, name: 'Demo', settings: { plan: 'trial' } });
  await post(own, `/v1/tenants/${tenantId}/rename`, { name: `Demo ${tenantId}` });
  const names = ['ada', 'grace', 'edsger'];
  for (const name of names) {
    const userId = `${name}-${tenantId}`;
    await post(own, '/v1/users', { userId, email: `${name}@example.org`, username: name });
    await post(own, `/v1/users/${userId}/change-email`, { email: `${name}@example.com` });
  }
  await post(own, `/v1/users/${names[0]}-${tenantId}/deactivate`, { reason: 'demo' });
  return names.length - 1;
}

/** A pipeline of three steps: its saga creates and starts each job, the demo completes them. @returns its id */
export async function drivePipeline(client: DemoClient): Promise<string> {
  const pipelineId = randomUUID();
  const path = `/v1/pipelines/${pipelineId}`;
  await post(client, '/v1/pipelines', { pipelineId, name: 'nightly', steps });
  for (const [index] of steps.entries()) {
    const jobId = await waitFor(client, path, (answer) => runningJob(answer, index));
    await post(client, `/v1/jobs/${jobId}/complete`, {});
  }
  await waitFor(client, path, ({ status }) => (status === 'completed' ? true : undefined));
  return pipelineId;
}

function runningJob({ steps: seen }: Record<string, unknown>, index: number): string | undefined {
  const step = (seen as { status: string; jobId?: string }[])[index];
  return step?.status === 'running' ? step.jobId : undefined;
}

/** A hiring that begins before its person is known; its saga does the rest. @returns its id */
export async function driveHiring(client: DemoClient): Promise<string> {
  const [hiringId, personId, organizationId] = [randomUUID(), randomUUID(), randomUUID()];
  await post(client, '/v1/organizations', { organizationId, name: 'Analytical Engines' });
  await post(client, '/v1/hirings', { hiringId, personId, organizationId });
  await post(client, '/v1/persons', { personId, legalName: { givenName: 'Ada', familyName: 'Lovelace' } });
  await post(client, `/v1/persons/${personId}/change-email`, { email: 'ada@example.org' });
  await waitFor(client, `/v1/hirings/${hiringId}`, ({ status }) => (status === 'completed' ? true : undefined));
  return hiringId;
}
