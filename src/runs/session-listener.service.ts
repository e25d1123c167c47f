import { Injectable } from '@nestjs/common';
import type { SnapshotInfo } from '../contracts/raw-event.js';
import type { Run } from '../contracts/run.js';
import type { RuntimeProvider } from '../runtime/runtime-provider.interface.js';
import { AmbientService } from './ambient.service.js';
import { RunObserverService } from './run-observer.service.js';
import { SessionDiscoveryService } from './session-discovery.service.js';
import { SessionWatchService } from './session-watch.service.js';
import { StreamConsumerService } from './stream-consumer.service.js';

/** Everything a runtime says beside the streams of its sessions, handed to whom it concerns. */
@Injectable()
export class SessionListenerService {
  constructor(
    private readonly watch: SessionWatchService,
    private readonly ambient: AmbientService,
    private readonly consumer: StreamConsumerService,
    private readonly discovery: SessionDiscoveryService,
    private readonly observer: RunObserverService,
  ) {}

  /** Starts listening to this runtime unless that is under way. Signals first: they are not repeated. */
  listen(provider: RuntimeProvider): void {
    this.ambient.ensure(provider);
    this.watch.ensure(provider, {
      tell: (sessionId, info) => this.hear(provider, sessionId, info),
      isAwaited: () => this.observer.waiting > 0,
    });
  }

  /** A session that we open ourselves is followed by whoever starts it. */
  leaveToStarter(run: Run): void {
    this.discovery.leave(run);
  }

  /** How well the listening to one runtime goes. */
  health(kind: string) {
    const problem = this.watch.problems().find((found) => found.kind === kind)?.problem;
    return {
      discovery: {
        ...this.discovery.health(),
        watching: this.watch.isStanding(kind),
        ...(problem === undefined ? {} : { problem }),
      },
      signals: { ...this.ambient.health(), watching: this.ambient.isStanding(kind) },
    };
  }

  private hear(provider: RuntimeProvider, sessionId: string, info: SnapshotInfo): void {
    if (!this.consumer.hearState(provider.kind, sessionId, info)) this.discovery.sight({ provider, sessionId, info });
  }
}
