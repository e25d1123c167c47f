import { expect, it } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { PolicyService } from './policy.service.js';
import type { RuntimeQueryService } from './runtime-query.service.js';

it('answers with what was registered where the runtime does not let it be read', async () => {
  let calls = 0;
  const runtime: Partial<RuntimeQueryService> = {
    read: () => {
      calls += 1;
      return calls === 1 ? Promise.resolve(undefined as never) : Promise.reject(new AppError('FORBIDDEN', 'no'));
    },
  };
  const policy = { policyId: 'p', mode: 'm', description: '', schemaVersion: 1, rules: {} };
  expect(await new PolicyService(runtime as RuntimeQueryService).register(undefined, policy)).toEqual(policy);
});
