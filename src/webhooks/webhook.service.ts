import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuid, validate as isUuid } from 'uuid';
import { CLOCK } from '../config/clock.provider.js';
import type { AppConfig } from '../config/config.js';
import { CONFIG } from '../config/config.module.js';
import { isoTime, type Clock } from '../contracts/time.js';
import { AppError } from '../errors/app-error.js';
import {
  WEBHOOKS_MAX,
  WebhookRepository,
  type StoredWebhook,
  type WebhookChange,
} from '../storage/webhook.repository.js';
import { WebhookDeliveryService } from './webhook-delivery.service.js';
import { webhookView, type Webhook } from './webhook-view.js';

export interface NewWebhook {
  readonly url: string;
  readonly secret: string;
  readonly events: readonly string[];
  readonly active: boolean;
}

/** Who wants to be told of events. */
@Injectable()
export class WebhookService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly delivery: WebhookDeliveryService,
    @Inject(CONFIG) private readonly config: AppConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(): Promise<readonly Webhook[]> {
    return (await this.webhooks.list()).map(this.view);
  }

  /** Throws CONFLICT beyond WEBHOOKS_MAX. */
  async create({ secret, ...given }: NewWebhook): Promise<Webhook> {
    const createdAt = isoTime(this.clock.now());
    const created = await this.webhooks.insert({ id: uuid(), ...given, createdAt }, secret);
    if (created !== undefined) return this.changed(created);
    throw new AppError('CONFLICT', `There are ${WEBHOOKS_MAX} webhooks already.`, { webhooksMax: WEBHOOKS_MAX });
  }

  /** Throws RESOURCE_NOT_FOUND. */
  async update(id: string, change: WebhookChange): Promise<Webhook> {
    const now = isoTime(this.clock.now());
    const updated = isUuid(id) ? await this.webhooks.update(id, change, now) : undefined;
    return this.changed(updated ?? notFound());
  }

  /** Throws RESOURCE_NOT_FOUND. */
  async remove(id: string): Promise<void> {
    if (!isUuid(id) || !(await this.webhooks.delete(id))) notFound();
    this.delivery.forget(id);
  }

  private changed(webhook: StoredWebhook): Webhook {
    this.delivery.wake(webhook.id);
    return this.view(webhook);
  }

  private readonly view = (webhook: StoredWebhook): Webhook => webhookView(webhook, this.config.webhooks.rule);
}

function notFound(): never {
  throw new AppError('RESOURCE_NOT_FOUND', 'There is no webhook with this id.');
}
