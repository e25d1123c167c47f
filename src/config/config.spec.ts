import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig, VARIABLES } from './config.js';
import { databaseName } from './database-name.js';

const noFile = (): string => {
  throw new Error('no file');
};

describe('the configuration', () => {
  it('needs nothing at all', () => {
    const config = parseConfig({}, noFile);
    expect(config.http.port).toBe(3001);
    expect(config.database.url).toBeUndefined();
    expect(config.runtime).toMatchObject({
      kind: 'rust',
      address: undefined,
      devIdentity: true,
      subscription: 'passive',
    });
  });

  it('names the database without its password', () => {
    const nameOf = (env: Record<string, string>) => databaseName(parseConfig(env, noFile));
    expect(nameOf({ MACP_DATA_DIR: 'here' })).toBe('embedded PGlite in here');
    expect(nameOf({ DATABASE_URL: 'postgres://me:secret@db:5433/macp?password=too' })).toBe(
      'postgres://me@db:5433/macp',
    );
    expect(nameOf({ DATABASE_URL: 'postgres://me@localhost/macp?host=/var/run/postgresql&password=too' })).toBe(
      'postgres://me@localhost/macp through /var/run/postgresql',
    );
  });

  it('answers to loopback names only on loopback, unless it is told others', () => {
    const allowed = (env: Record<string, string>) => parseConfig(env, noFile).http.allowedHosts;
    for (const HOST of ['127.0.0.1', '::1', 'LocalHost']) expect(allowed({ HOST })).toEqual([]);
    for (const HOST of ['0.0.0.0', '::', '10.0.0.1', 'macp.example.org']) expect(allowed({ HOST })).toBeUndefined();
    const listed = [{ host: 'macp.example.org', below: false, port: undefined }];
    expect(allowed({ ALLOWED_HOSTS: 'macp.example.org' })).toEqual(listed);
    expect(allowed({ HOST: '0.0.0.0', ALLOWED_HOSTS: 'macp.example.org' })).toEqual(listed);
    expect(() => parseConfig({ ALLOWED_HOSTS: '*' }, noFile)).toThrow(
      'ALLOWED_HOSTS: must be at most 200 hosts such as',
    );
  });

  it('does not use participants’ names as tokens towards a real runtime unless asked', () => {
    expect(parseConfig({ RUNTIME_ADDRESS: 'runtime:50051' }, noFile).runtime.devIdentity).toBe(false);
    const asked = { RUNTIME_ADDRESS: 'runtime:50051', RUNTIME_DEV_IDENTITY: 'true' };
    expect(parseConfig(asked, noFile).runtime.devIdentity).toBe(true);
  });

  it('tells all its problems together and guesses over none', () => {
    const bad = {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      RUNTIME_ADDRESS: 'runtime:50051',
      RUNTIME_TOKENS: '[]',
      RUNTIME_TOKENS_FILE: 'f',
    };
    expect(() => parseConfig(bad, noFile)).toThrow(ConfigError);
    try {
      parseConfig(bad, noFile);
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems.map((problem) => problem.split(':')[0]) : [];
      expect(problems).toEqual(['PORT', 'LOG_LEVEL', 'DATABASE_URL', 'RUNTIME_TOKENS', 'RUNTIME_TOKENS_FILE']);
    }
  });

  it('takes an empty variable as unset', () => {
    expect(parseConfig({ DATABASE_URL: '', PORT: '' }, noFile).http.port).toBe(3001);
  });

  it('reads tokens from both places, the variable winning over the file', () => {
    const env = { RUNTIME_ADDRESS: 'runtime:50051', RUNTIME_TOKENS: '{"a":"1"}', RUNTIME_TOKENS_FILE: 'tokens.json' };
    const read = (path: string): string => (path === 'tokens.json' ? '{"a":"0","b":"2"}' : '');
    expect(parseConfig(env, read).runtime.tokens).toEqual({ a: '1', b: '2' });
  });

  it('never puts a token into a problem', () => {
    const env = { RUNTIME_TOKENS: '{"a": 12345}' };
    expect(() => parseConfig(env, noFile)).toThrow(/^(?!.*12345)/s);
  });

  it('says of every variable what it means', () => {
    for (const [name, variable] of Object.entries(VARIABLES)) expect(variable.meaning, name).toMatch(/\.$/);
  });
});
