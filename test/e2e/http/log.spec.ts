import { Controller, Get, Logger, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PinoLogger } from '../../../src/config/pino-logger.service.js';
import { AppError } from '../../../src/errors/app-error.js';
import { HttpErrorFilter } from '../../../src/errors/http.filter.js';
import { startEmbedded } from '../../support/embedded-runtime.js';
import { forkControlPlane } from '../../support/processes.js';
import { Stage } from '../../support/stage.js';
import { until } from '../../support/until.js';
import { ask } from './error-shape.js';
import { RecordedRun } from './recorded-run.js';

@Controller()
class FaultyController {
  @Get('/defect')
  defect(): string {
    throw new TypeError('x is not a function');
  }

  @Get('/away')
  away(): string {
    const refusal = Object.assign(new Error('password authentication failed'), { token: 'secret' });
    throw new AppError('DATABASE_UNAVAILABLE', 'The database cannot be reached.', undefined, { cause: refusal });
  }

  @Post('/taken')
  taken(): string {
    return 'taken';
  }

  @Get('/refused')
  refused(): string {
    throw new AppError('CONFLICT', 'No.');
  }
}

@Module({ controllers: [FaultyController] })
class FaultyModule {}

const lines: string[] = [];
const logger = new PinoLogger('info', { write: (line) => lines.push(line) });
let app: NestFastifyApplication;
beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(FaultyModule, new FastifyAdapter(), { logger });
  app.useGlobalFilters(new HttpErrorFilter(() => []));
  await app.listen(0, '127.0.0.1');
});
beforeEach(() => void lines.splice(0));
afterAll(() => app.close());

const get = async (path: string) => (await fetch(`${await app.getUrl()}${path}`)).text();
const entry = (): unknown => JSON.parse(lines[0] ?? 'null');
const entriesOf = (context: string): readonly unknown[] =>
  lines.filter((line) => line.includes(`"context":"${context}"`)).map((line) => JSON.parse(line) as unknown);

it('says where a defect is, which the client is only told to look up', async () => {
  const { traceId } = JSON.parse(await get('/defect')) as { traceId: string };
  expect(entry()).toMatchObject({
    context: 'http',
    msg: `GET /defect INTERNAL_ERROR ${traceId}`,
    err: {
      code: 'INTERNAL_ERROR',
      stack: expect.stringMatching(/caused by: TypeError: x is not a function\n +at .*log\.spec\.ts/) as string,
    },
  });
});

it('says what led to an error, and nothing that hangs on it', async () => {
  await get('/away');
  expect(entry()).toMatchObject({
    err: {
      code: 'DATABASE_UNAVAILABLE',
      stack: expect.stringContaining('caused by: Error: password authentication') as string,
    },
  });
  expect(lines.join('')).not.toContain('secret');
});

it('says nothing of what the client has to answer for', async () => {
  await get('/refused');
  expect(lines).toEqual([]);
});

it('says nothing of a client that hangs up in the middle of a body', async () => {
  const { hostname, port } = new URL(await app.getUrl());
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) =>
    app.getHttpServer().once('connection', (peer) => peer.once('close', resolve)),
  );
  socket.write('POST /taken HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":');
  await until('the request has begun', () => Promise.resolve(socket.bytesWritten > 0 || undefined));
  socket.resetAndDestroy();
  await closed;
  await setTimeout(50);
  expect(lines).toEqual([]);
});

it('keeps a stack that is given beside the context', () => {
  const { stack } = new Error('x');
  new Logger('here').error('text', stack);
  expect(entry()).toMatchObject({ context: 'here', msg: 'text', stack });
});

it('says what broke in an answer that was 200 by then', async () => {
  const stage = await Stage.open(await startEmbedded());
  Logger.overrideLogger(logger);
  try {
    const { app: served, database, api, url } = stage.controlPlane;
    const run = await RecordedRun.create(served);
    await run.end();
    await database.query('alter table run_events_raw rename to elsewhere');
    await expect(ask(`${url}/runs/${run.id}/export?includeRaw=true`)).rejects.toThrow();
    expect(entriesOf('TextAnswerService')).toMatchObject([
      { msg: 'an answer broke off', err: { stack: expect.stringContaining('run_events_raw') as string } },
    ]);
    await database.query('alter table runs add check (archived_at is null)');
    const answer = await api.ok('POST', '/runs/batch/archive', { runIds: [run.id, 'nobody'] });
    expect(answer).toMatchObject({ results: [{ error: { errorCode: 'INTERNAL_ERROR' } }, { ok: false }] });
    const failed = { msg: 'a run of a batch failed: INTERNAL_ERROR', runId: run.id };
    expect(entriesOf('RunBatchService')).toMatchObject([
      { ...failed, err: { stack: expect.stringContaining('violates check') as string } },
    ]);
  } finally {
    await stage.close();
  }
});

it('says at a failed start what led to it, and never the password', async () => {
  const env = { DATABASE_URL: 'postgres://somebody:pass-phrase@127.0.0.1:1/none', RUNTIME_ADDRESS: '127.0.0.1:1' };
  const failure = await forkControlPlane(env).then(String, String);
  expect(failure).toContain('AppError: The database cannot be reached.');
  expect(failure).toContain('caused by: Error: connect ECONNREFUSED 127.0.0.1:1');
  expect(failure).not.toContain('pass-phrase');
});
