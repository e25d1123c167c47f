import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { aRun, aSnapshot } from '../../test/stories/world.js';
import { JumpingClock } from '../../test/support/jumping-clock.js';
import { parseConfig } from '../config/config.js';
import type { SessionId } from '../contracts/ids.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import type { RunLedgerService } from './run-ledger.service.js';
import type { RunManagerService } from './run-manager.service.js';
import { SessionDiscoveryService } from './session-discovery.service.js';
import type { StreamConsumerService } from './stream-consumer.service.js';

describe('discovering sessions', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('refuses a session that cannot be part of a path once, however often it is listed', async () => {
    const lookedUp: string[] = [];
    const ledger: Partial<RunLedgerService> = {
      findBySession: (sessionId) => Promise.resolve(void lookedUp.push(sessionId)),
    };
    const discovery = new SessionDiscoveryService(
      {} as RunManagerService,
      ledger as RunLedgerService,
      {} as StreamConsumerService,
      parseConfig({ DISCOVERY: 'on' }, () => ''),
      new JumpingClock(),
    );
    const sessionId = 'no/path' as SessionId;
    const snapshot = aSnapshot(aRun(), 'SESSION_STATE_OPEN', { sessionId });
    for (let list = 0; list < 3; list += 1) {
      discovery.sight({
        provider: { kind: 'rust' } as RuntimeProvider,
        sessionId,
        info: { via: 'read', state: snapshot.state, snapshot },
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(lookedUp).toEqual([sessionId]);
    expect(discovery.health()).toEqual({ waiting: 0, refused: 1 });
    await discovery.onModuleDestroy();
  });
});
