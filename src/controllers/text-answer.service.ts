import type { ServerResponse } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { AppError } from '../errors/app-error.js';
import { StallWatch, endResponse, writeFrames } from '../events/sse-writer.stream.js';
import { JSON_TYPE, type LongText } from '../queries/long-text.js';

type Pieces = Exclude<LongText['text'], string>;

/** Long answers under way at once; each holds what was read ahead for it. Further ones are refused. */
export const LONG_ANSWERS_MAX = 32;

/** A client that takes little at a time is cut after this long. Milliseconds. */
export const LONG_ANSWER_MS_MAX = 3_600_000;

/**
 * Answers that are written as they are read, at the client's pace: nobody holds a whole one. A client that takes nothing is
 * cut like one of a stream, and whatever fails on the way can be told by the end of the connection only.
 */
@Injectable()
export class TextAnswerService {
  private readonly log = new Logger(TextAnswerService.name);
  private readonly stalls: StallWatch;
  private underWay = 0;

  constructor(@Inject(CONFIG) private readonly config: Pick<AppConfig, 'sse'>) {
    this.stalls = new StallWatch(config.sse.stallMs);
  }

  /**
   * Resolves when the answer is written or the client has left. Nothing is read for a HEAD. Throws TOO_MANY_SUBSCRIBERS
   * when LONG_ANSWERS_MAX are under way.
   */
  async send({ text, type = JSON_TYPE }: LongText, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const contentType = `${type}; charset=utf-8`;
    if (typeof text === 'string') {
      await reply.type(contentType).send(text);
      return;
    }
    const isRead = request.method !== 'HEAD';
    if (isRead && this.underWay >= LONG_ANSWERS_MAX) {
      throw new AppError('TOO_MANY_SUBSCRIBERS', 'The limit of long answers under way is reached.');
    }
    const response = reply.raw;
    reply.hijack();
    response.writeHead(200, { 'content-type': contentType });
    if (isRead) await this.write(text, response, request.routeOptions.url);
    else response.end();
  }

  private async write(text: Pieces, response: ServerResponse, url: string | undefined): Promise<void> {
    const end = setTimeout(() => response.destroy(), LONG_ANSWER_MS_MAX).unref();
    this.underWay += 1;
    this.stalls.add(response);
    try {
      if (await writeFrames(framesOf(text), response, this.config.sse.bufferedBytesMax)) await endResponse(response);
    } catch (error) {
      this.log.error({ message: 'an answer broke off', url, err: error });
      response.destroy();
    } finally {
      clearTimeout(end);
      this.underWay -= 1;
      this.stalls.delete(response);
    }
  }
}

async function* framesOf(text: Pieces): AsyncGenerator<readonly Buffer[], void, undefined> {
  for await (const piece of text) yield [Buffer.from(piece)];
}
