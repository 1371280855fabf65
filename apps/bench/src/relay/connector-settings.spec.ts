import { expect, test } from '@jest/globals';
import { connectorConfig } from '@millrace/relay';

import { connectorWithout, type Tuned, tuned } from './connector-settings.ts';

const environment = {
  DATABASE_URL: 'postgres://owner@127.0.0.1:5432/millrace',
  ...{ CONNECT_DATABASE_HOST: '127.0.0.1', CONNECT_DATABASE_PORT: 5_432, CDC_ROLE_PASSWORD: 'secret' },
};

test('the connector at its defaults lacks every tuned setting, and differs in nothing else', async () => {
  const ours = await connectorConfig(environment);
  const defaults = await connectorWithout(environment, Object.keys(tuned) as Tuned[]);
  const left: readonly string[] = Object.values(tuned).flat();
  expect(Object.keys(ours).filter((key) => !(key in defaults))).toEqual(expect.arrayContaining([...left]));
  expect(Object.keys(ours)).toHaveLength(Object.keys(defaults).length + left.length);
  expect(await connectorWithout(environment, [])).toEqual(ours);
});
