import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OpenApiDocument } from '../../api/types.js';
import { checkRequest, schemaValidator } from './check-request.js';

const document = JSON.parse(
  readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8'),
) as OpenApiDocument;
const validator = schemaValidator(document);
const request = {
  runtime: { kind: 'rust' },
  session: {
    modeName: 'macp.mode.decision.v1',
    modeVersion: '1.0.0',
    configurationVersion: 'config.default',
    ttlMs: 60_000,
    participants: [{ id: 'a' }, { id: 'b' }],
  },
};
const check = (value: unknown) => checkRequest(JSON.stringify(value, undefined, 2), validator);

describe('a request that is being written', () => {
  it('is taken as it is when it fits', () => {
    expect(check(request)).toEqual({ request, problems: [] });
  });

  it('is told where its JSON breaks', () => {
    const text = '{ "runtime": { "kind": "rust" },, }';
    expect(checkRequest(text, validator).problems[0]).toMatchObject({ path: '', offset: text.indexOf(',,') + 1 });
    expect(checkRequest('', validator).problems[0]?.message).toBe('There is nothing yet');
  });

  it('is told which value is wrong, and where it stands', () => {
    const wrong = { ...request, session: { ...request.session, participants: [{ id: 'a' }, { id: 5 }] } };
    const text = JSON.stringify(wrong, undefined, 2);
    const [problem] = checkRequest(text, validator).problems;
    expect(problem?.path).toBe('session.participants[1].id');
    expect(text.slice(problem?.offset, (problem?.offset ?? 0) + (problem?.length ?? 0))).toBe('5');
  });

  it('is told of a field that does not exist, and of one that is missing', () => {
    expect(
      check({ ...request, sesion: {} })
        .problems.map(({ path, message }) => `${path}: ${message}`)
        .join(),
    ).toContain('sesion');
    const { modeName: _modeName, ...session } = request.session;
    expect(
      check({ ...request, session })
        .problems.map(({ message }) => message)
        .join(),
    ).toContain('modeName');
  });
});
