import { Controller, Get, Logger, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PinoLogger } from '../../../src/config/pino-logger.service.js';
import { AppError } from '../../../src/errors/app-error.js';
import { HttpErrorFilter } from '../../../src/errors/http.filter.js';
import { forkControlPlane } from '../../support/processes.js';
import { until } from '../../support/until.js';

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

it('says at a failed start what led to it, and never the password', async () => {
  const env = { DATABASE_URL: 'postgres://somebody:pass-phrase@127.0.0.1:1/none', RUNTIME_ADDRESS: '127.0.0.1:1' };
  const failure = await forkControlPlane(env).then(String, String);
  expect(failure).toContain('AppError: The database cannot be reached.');
  expect(failure).toContain('caused by: Error: connect ECONNREFUSED 127.0.0.1:1');
  expect(failure).not.toContain('pass-phrase');
});
