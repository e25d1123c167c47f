import { expect, it } from 'vitest';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { aRun } from '../../test/stories/world.js';
import { parseConfig } from '../config/config.js';
import type { RunRecord } from '../contracts/run-record.js';
import { AppError } from '../errors/app-error.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { ExpectedChange } from './hold.js';
import { RunControlService } from './run-control.service.js';
import type { RunExecutorService } from './run-executor.service.js';
import type { RunLedgerService } from './run-ledger.service.js';
import type { RunManagerService } from './run-manager.service.js';
import type { RuntimeSelectorService } from './runtime-selector.service.js';
import { SessionCancelService } from './session-cancel.service.js';
import type { StreamConsumerService } from './stream-consumer.service.js';

it('lets the follower know whose cancel it is and why, before an answer that may be late or never come', async () => {
  const run = { ...aRun({ executionMode: 'driver' }), status: 'running' } as const;
  const expected: (ExpectedChange | undefined)[] = [];
  let asked: ExpectedChange | undefined;
  const provider: Partial<RuntimeProvider> = {
    cancelSession: () => {
      asked = expected.at(-1);
      return Promise.reject(new AppError('RUNTIME_TIMEOUT', 'no answer'));
    },
  };
  const ledger: Partial<RunLedgerService> = {
    getRecord: () => Promise.resolve({ id: run.id, status: run.status } as RunRecord),
    getRun: () => Promise.resolve(run),
  };
  const executor: Partial<RunExecutorService> = { release: () => Promise.resolve(), execute: () => undefined };
  const consumer: Partial<StreamConsumerService> = { expect: (_sessionId, change) => void expected.push(change) };
  const selector: Partial<RuntimeSelectorService> = { forKind: () => Promise.resolve(provider as RuntimeProvider) };
  const config = parseConfig({}, () => '');
  // The service uses no more of its neighbours than is here.
  const control = new RunControlService(
    ledger as RunLedgerService,
    {} as RunManagerService,
    executor as RunExecutorService,
    consumer as StreamConsumerService,
    selector as RuntimeSelectorService,
    new SessionCancelService(config),
    config,
    new JumpingClock(),
  );
  await expect(control.cancel(run.id, 'enough')).rejects.toMatchObject({ code: 'RUNTIME_TIMEOUT' });
  expect(asked).toEqual({ state: 'SESSION_STATE_CANCELLED', reason: 'enough', by: 'alice' });
  expect(expected.at(-1)).toBeUndefined();
});
