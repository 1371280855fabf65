import { readFile } from 'node:fs/promises';

import { describe, expect, it } from '@jest/globals';

import { connectorConfig } from './index.ts';

const connectors = new URL('../../../../connectors/', import.meta.url);
const environment = {
  CONNECT_DATABASE_HOST: 'db',
  CONNECT_DATABASE_PORT: 5432,
  CDC_ROLE_PASSWORD: 'secret',
  DATABASE_URL: 'postgres://owner@elsewhere:1/millrace',
};

describe('connectors/outbox.json', () => {
  it('SHR-14 has a why for each setting, and no why without a setting', async () => {
    const settings = Object.keys(JSON.parse(await readFile(new URL('outbox.json', connectors), 'utf8')) as object);
    const readme = await readFile(new URL('README.md', connectors), 'utf8');
    const explained = [...readme.matchAll(/^\| `([^`]+)` +\| (.{10,}) \|$/gm)].map(([, setting]) => setting);
    expect(explained).toEqual(settings);
  });

  it('fills in every value', async () => {
    const config = await connectorConfig(environment);
    expect(config).toMatchObject({
      'database.hostname': 'db',
      'database.password': 'secret',
      'database.dbname': 'millrace',
    });
    expect(JSON.stringify(config)).not.toContain('{{');
  });

  it('refuses to leave one out', async () => {
    await expect(connectorConfig({ ...environment, CDC_ROLE_PASSWORD: '' })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      message: expect.stringContaining('CDC_ROLE_PASSWORD'),
    });
  });
});
