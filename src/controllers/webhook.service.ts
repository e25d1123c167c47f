import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid, validate as isUuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import { WEBHOOKS_MAX, WebhookRepository, type Webhook, type WebhookChange } from '../storage/webhook.repository.js';

export interface NewWebhook {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
  readonly active: boolean;
}

/** Who wants to be told of events. It is kept here; nothing is told to anybody yet. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly webhooks: WebhookRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  list(): Promise<readonly Webhook[]> {
    return this.webhooks.list();
  }

  /** Throws CONFLICT beyond WEBHOOKS_MAX. */
  async create({ secret, ...given }: NewWebhook): Promise<Webhook> {
    const createdAt = isoTime(this.clock.now());
    const created = await this.webhooks.insert({ id: uuid(), ...given, createdAt, updatedAt: createdAt }, secret);
    if (created !== undefined) return created;
    throw new AppError('CONFLICT', `There are ${WEBHOOKS_MAX} webhooks already.`, { webhooksMax: WEBHOOKS_MAX });
  }

  /** Throws RESOURCE_NOT_FOUND. */
  async update(id: string, change: WebhookChange): Promise<Webhook> {
    const now = isoTime(this.clock.now());
    return (isUuid(id) ? await this.webhooks.update(id, change, now) : undefined) ?? notFound();
  }

  /** Throws RESOURCE_NOT_FOUND. */
  async remove(id: string): Promise<void> {
    if (!isUuid(id) || !(await this.webhooks.delete(id))) notFound();
  }
}

function notFound(): never {
  throw new AppError('RESOURCE_NOT_FOUND', 'There is no webhook with this id.');
}
