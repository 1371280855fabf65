import { describe, expect, it } from '@jest/globals';

import { envExample, loadConfig, variables } from './index.ts';

describe('loadConfig', () => {
  it('parses what is there and takes defaults for the rest', () => {
    expect(
      loadConfig({ PORT: '4001', KAFKA_BROKERS: 'a:1, b:2', LOG_LEVEL: '' }, ['PORT', 'KAFKA_BROKERS', 'LOG_LEVEL']),
    ).toEqual({
      PORT: 4001,
      KAFKA_BROKERS: ['a:1', 'b:2'],
      LOG_LEVEL: 'info',
    });
  });

  it('a URL that nobody needs may be left out, and is checked where it is given', () => {
    expect(loadConfig({ DATABASE_REPLICA_URL: ' ' }, ['DATABASE_REPLICA_URL'])).toEqual({ DATABASE_REPLICA_URL: '' });
    expect(() => loadConfig({ DATABASE_REPLICA_URL: 'replica' }, ['DATABASE_REPLICA_URL'])).toThrow('must be a URL');
    expect(() => loadConfig({ DATABASE_URL: '' }, ['DATABASE_URL'])).toThrow('DATABASE_URL is required');
  });

  it('takes one address or several', () => {
    const load = (CONNECT_URL: string) => loadConfig({ CONNECT_URL }, ['CONNECT_URL']).CONNECT_URL;
    expect(load('http://a:1')).toEqual(['http://a:1']);
    expect(load('http://a:1, http://b:2')).toEqual(['http://a:1', 'http://b:2']);
    expect(() => load('http://a:1,b')).toThrow('must be a URL, or several');
  });

  it('reports every problem at once and never a secret', () => {
    const environment = { DATABASE_URL: 'hunter2', PORT: '70000', LOG_LEVEL: 'loud', KAFKA_BROKERS: 'a:1,,b:2' };
    const load = () => loadConfig(environment, ['DATABASE_URL', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'CONNECT_URL']);
    expect(load).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const message = messageOf(load);
    expect(message).toMatch(/^5 problem\(s\)/);
    for (const name of ['DATABASE_URL', 'PORT', 'LOG_LEVEL', 'KAFKA_BROKERS', 'CONNECT_URL'])
      expect(message).toContain(name);
    expect(message).not.toContain('hunter2');
  });

  it('.env.example lists every variable', () => {
    const text = envExample();
    for (const name of Object.keys(variables)) expect(text).toMatch(new RegExp(`^${name}=`, 'm'));
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
