import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CLOCK } from './config/clock.provider.js';
import { CONFIG, ConfigModule } from './config/config.module.js';
import type { AppConfig } from './config/config.js';
import type { Clock } from './contracts/time.js';
import { HttpModule } from './controllers/http.module.js';
import type { Database } from './db/database.client.js';
import { DatabaseModule } from './db/database.module.js';
import { EventNormalizerService, NORMALIZE_SETTINGS, PAYLOAD_CODEC } from './events/event-normalizer.service.js';
import { RunCreationService } from './events/run-creation.service.js';
import { RunEventService } from './events/run-event.service.js';
import { RunMeterService } from './events/run-meter.service.js';
import { RUN_PUBLISHER } from './events/run-publisher.interface.js';
import { RunStoreService } from './events/run-store.service.js';
import { StreamHubService } from './events/stream-hub.service.js';
import { MetricsService } from './projection/metrics.service.js';
import { ProjectionService } from './projection/projection.service.js';
import { AmbientService } from './runs/ambient.service.js';
import { MessageDeliveryService } from './runs/message-delivery.service.js';
import { LaunchPlanService } from './runs/launch-plan.service.js';
import { OutboundSenderService } from './runs/outbound-sender.service.js';
import { RunAdvanceService } from './runs/run-advance.service.js';
import { RunControlService } from './runs/run-control.service.js';
import { RunExecutorService } from './runs/run-executor.service.js';
import { RunLedgerService } from './runs/run-ledger.service.js';
import { RunManagerService } from './runs/run-manager.service.js';
import { RunMessageService } from './runs/run-message.service.js';
import { RunObserverService } from './runs/run-observer.service.js';
import { RunQueryService } from './queries/run-query.service.js';
import { RunRecoveryService } from './runs/run-recovery.service.js';
import { RunKickoffService } from './runs/run-kickoff.service.js';
import { RunStarterService } from './runs/run-starter.service.js';
import { RuntimeSelectorService, SANDBOX, type Sandbox } from './runs/runtime-selector.service.js';
import { SCRIPTED_AGENTS } from './runs/scripted-agents.interface.js';
import { SessionDiscoveryService } from './runs/session-discovery.service.js';
import { SessionListenerService } from './runs/session-listener.service.js';
import { SessionCloseService } from './runs/session-close.service.js';
import { SessionStartService } from './runs/session-start.service.js';
import { StartFailureService } from './runs/start-failure.service.js';
import { SessionCancelService } from './runs/session-cancel.service.js';
import { SessionWatchService } from './runs/session-watch.service.js';
import { StreamConsumerService } from './runs/stream-consumer.service.js';
import { payloadCodec } from './runtime/proto-registry.js';
import { RuntimeProviderRegistry } from './runtime/runtime-provider.registry.service.js';
import { EMBEDDED_ADDRESS, ScriptedAgentsService, type EmbeddedAddress } from './sandbox/scripted-agents.service.js';
import { STORAGE_PROVIDERS } from './storage/storage.providers.js';
import { WebhookDeliveryService } from './webhooks/webhook-delivery.service.js';
import { WebhookService } from './webhooks/webhook.service.js';

/** What the process brings along: everything that is opened before the application and closed after it. */
export interface AppParts {
  readonly config: AppConfig;
  readonly clock: Clock;
  readonly database: Database;
  readonly registry: RuntimeProviderRegistry;
  readonly sandbox: Sandbox;
  readonly embeddedAddress: EmbeddedAddress;
}

const SERVICES = [
  EventNormalizerService,
  RunEventService,
  RunCreationService,
  RunStoreService,
  StreamHubService,
  RunMeterService,
  ProjectionService,
  MetricsService,
  RunLedgerService,
  RunManagerService,
  RuntimeSelectorService,
  SessionWatchService,
  SessionCancelService,
  AmbientService,
  StreamConsumerService,
  ScriptedAgentsService,
  SessionDiscoveryService,
  SessionListenerService,
  OutboundSenderService,
  MessageDeliveryService,
  LaunchPlanService,
  RunStarterService,
  SessionStartService,
  RunKickoffService,
  StartFailureService,
  SessionCloseService,
  RunObserverService,
  RunAdvanceService,
  RunExecutorService,
  RunControlService,
  RunMessageService,
  RunQueryService,
  RunRecoveryService,
  WebhookDeliveryService,
  WebhookService,
];

/** The rooms below HTTP, wired once; whoever needs one of them asks by its class. */
@Global()
@Module({})
class CoreModule {
  static of(parts: AppParts): DynamicModule {
    const values = [
      { provide: CLOCK, useValue: parts.clock },
      { provide: RuntimeProviderRegistry, useValue: parts.registry },
      { provide: SANDBOX, useValue: parts.sandbox },
      { provide: EMBEDDED_ADDRESS, useValue: parts.embeddedAddress },
      { provide: SCRIPTED_AGENTS, useExisting: ScriptedAgentsService },
      { provide: PAYLOAD_CODEC, useValue: payloadCodec },
      { provide: NORMALIZE_SETTINGS, useFactory: (config: AppConfig) => config.normalize, inject: [CONFIG] },
      { provide: RUN_PUBLISHER, useExisting: RunMeterService },
    ];
    const providers = [...values, ...STORAGE_PROVIDERS, ...SERVICES];
    return { module: CoreModule, providers, exports: providers };
  }
}

/** The whole service; the only module that sees every room. */
@Module({})
export class AppModule {
  static of(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.of(parts.config), DatabaseModule.of(parts.database), CoreModule.of(parts), HttpModule],
    };
  }
}
