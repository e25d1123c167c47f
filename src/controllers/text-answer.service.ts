import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { StallWatch, endResponse, writeFrames } from '../events/sse-writer.stream.js';
import { JSON_TYPE, type LongText } from '../runs/long-text.js';

/**
 * Answers that are written as they are read, at the client's pace: nobody holds a whole one. A client that takes nothing is
 * cut like one of a stream, and whatever fails on the way can be told by the end of the connection only.
 */
@Injectable()
export class TextAnswerService {
  private readonly log = new Logger(TextAnswerService.name);
  private readonly stalls: StallWatch;

  constructor(@Inject(CONFIG) private readonly config: AppConfig) {
    this.stalls = new StallWatch(config.sse.stallMs);
  }

  /** Resolves when the answer is written or the client has left. Nothing is read for a HEAD. */
  async send({ text, type = JSON_TYPE }: LongText, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const contentType = `${type}; charset=utf-8`;
    if (typeof text === 'string') {
      await reply.type(contentType).send(text);
      return;
    }
    const response = reply.raw;
    reply.hijack();
    response.writeHead(200, { 'content-type': contentType });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    this.stalls.add(response);
    try {
      if (await writeFrames(framesOf(text), response, this.config.sse.bufferedBytesMax)) await endResponse(response);
    } catch (error) {
      this.log.error({ message: 'an answer broke off', url: request.routeOptions.url, err: error });
      response.destroy();
    } finally {
      this.stalls.delete(response);
    }
  }
}

async function* framesOf(text: AsyncIterable<string>): AsyncGenerator<readonly Buffer[], void, undefined> {
  for await (const piece of text) yield [Buffer.from(piece)];
}
