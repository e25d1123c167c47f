import 'reflect-metadata';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CLOCK } from '../config/clock.provider.js';
import { CONFIG } from '../config/config.module.js';
import { HttpModule } from '../controllers/http.module.js';
import { openApiDocument } from '../controllers/openapi.server.js';
import { DATABASE } from '../db/database.module.js';
import { errorsDocument } from '../errors/errors-document.js';
import { StreamHubService } from '../events/stream-hub.service.js';
import { RunControlService } from '../runs/run-control.service.js';
import { RunExecutorService } from '../runs/run-executor.service.js';
import { RunMessageService } from '../runs/run-message.service.js';
import { RunQueryService } from '../runs/run-query.service.js';
import { RuntimeProviderRegistry } from '../runtime/runtime-provider.registry.service.js';

/** What the endpoints ask for, as names without anything behind them: the document is read off the declarations. */
const NAMES = [
  CLOCK,
  CONFIG,
  DATABASE,
  StreamHubService,
  RunControlService,
  RunExecutorService,
  RunMessageService,
  RunQueryService,
  RuntimeProviderRegistry,
].map((provide) => ({ provide, useValue: {} }));

@Global()
@Module({ providers: NAMES, exports: NAMES })
class NamesModule {}

@Module({ imports: [NamesModule, HttpModule] })
class DocumentModule {}

/** Writes the documents that are generated from the code: docs/openapi.json and docs/ERRORS.md. */
async function main(folder: string): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(DocumentModule, new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: ['error'],
  });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'openapi.json'), `${JSON.stringify(openApiDocument(app, ''), null, 2)}\n`);
  await writeFile(join(folder, 'ERRORS.md'), errorsDocument());
}

await main(process.argv[2] ?? 'docs');
