import 'reflect-metadata';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CLOCK } from '../config/clock.provider.js';
import { configDocument } from '../config/config-document.js';
import { packageRoot } from '../config/package-root.provider.js';
import { CONFIG } from '../config/config.module.js';
import { HttpModule } from '../controllers/http.module.js';
import { openApiDocument } from '../controllers/openapi.server.js';
import { DATABASE } from '../db/database.module.js';
import { errorsDocument } from '../errors/errors-document.js';
import { RunEventService } from '../events/run-event.service.js';
import { RunMeterService } from '../events/run-meter.service.js';
import { StreamHubService } from '../events/stream-hub.service.js';
import { RunControlService } from '../runs/run-control.service.js';
import { RunExecutorService } from '../runs/run-executor.service.js';
import { RunMessageService } from '../runs/run-message.service.js';
import { RunQueryService } from '../queries/run-query.service.js';
import { RunRecoveryService } from '../runs/run-recovery.service.js';
import { SCRIPTED_AGENTS } from '../runs/scripted-agents.interface.js';
import { SessionListenerService } from '../runs/session-listener.service.js';
import { StreamConsumerService } from '../runs/stream-consumer.service.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';
import { STORAGE_PROVIDERS } from '../storage/storage.providers.js';
import { WebhookDeliveryService } from '../webhooks/webhook-delivery.service.js';
import { WebhookService } from '../webhooks/webhook.service.js';

/** What the endpoints ask for, as names without anything behind them: the document is read off the declarations. */
const NAMES = [
  CLOCK,
  CONFIG,
  DATABASE,
  RunEventService,
  RunMeterService,
  StreamHubService,
  RunControlService,
  RunExecutorService,
  RunMessageService,
  RunQueryService,
  RunRecoveryService,
  WebhookDeliveryService,
  WebhookService,
  RuntimeProviderRegistry,
  SCRIPTED_AGENTS,
  SessionListenerService,
  StreamConsumerService,
  ...STORAGE_PROVIDERS,
].map((provide) => ({ provide, useValue: {} }));

@Global()
@Module({ providers: NAMES, exports: NAMES })
class NamesModule {}

@Module({ imports: [NamesModule, HttpModule] })
class DocumentModule {}

/** The documents that are generated from the code, by file name. */
async function documents(): Promise<Readonly<Record<string, string>>> {
  const app = await NestFactory.create<NestFastifyApplication>(DocumentModule, new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: ['error'],
  });
  return {
    'openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
    'ERRORS.md': errorsDocument(),
    'CONFIG.md': configDocument(),
  };
}

/** Writes docs/openapi.json, docs/ERRORS.md and docs/CONFIG.md; with --check says whether they are as they would be written. */
async function main(isCheck: boolean): Promise<void> {
  const folder = join(packageRoot(), 'docs');
  for (const [name, text] of Object.entries(await documents())) {
    const path = join(folder, name);
    if (!isCheck) await writeFile(path, text);
    else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
      process.stderr.write(`docs/${name} is not as the code is; write it with: npm run openapi\n`);
      process.exitCode = 1;
    }
  }
}

await main(process.argv.includes('--check'));
