import { Body, Controller, Delete, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { WEBHOOK_CHANGE_EXAMPLES, WEBHOOK_EXAMPLES } from '../dto/console-examples.js';
import { defined } from '../dto/defined.js';
import { NewWebhookDto, WebhookChangeDto, WebhookRefDto } from '../dto/webhook.dto.js';
import type { Webhook } from '../storage/webhook.repository.js';
import { Endpoint } from './endpoint.controller.js';
import { WebhookService } from './webhook.service.js';

const idOf = (webhook: Webhook): readonly string[] => [webhook.id];

@ApiTags('webhooks')
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhookService) {}

  @Get()
  @Endpoint({ summary: 'All webhooks, oldest first; without their secrets', answer: 'WebhookList' })
  listWebhooks(): Promise<readonly Webhook[]> {
    return this.webhooks.list();
  }

  @Post()
  @Endpoint({
    access: 'admin',
    summary: 'Add a webhook',
    description: 'It is stored. Deliveries are not built yet, so nothing is sent to it.',
    status: 201,
    answer: 'Webhook',
    body: NewWebhookDto,
    examples: WEBHOOK_EXAMPLES,
    errors: ['CONFLICT'],
    audit: { action: 'webhook.create', resource: 'webhook', idsOf: idOf },
  })
  createWebhook(@Body() webhook: NewWebhookDto): Promise<Webhook> {
    return this.webhooks.create(webhook);
  }

  @Patch(':id')
  @Endpoint({
    access: 'admin',
    summary: 'Change a webhook; what is absent stays',
    answer: 'Webhook',
    body: WebhookChangeDto,
    examples: WEBHOOK_CHANGE_EXAMPLES,
    errors: ['RESOURCE_NOT_FOUND'],
    audit: { action: 'webhook.update', resource: 'webhook', idsOf: idOf },
  })
  updateWebhook(@Param() { id }: WebhookRefDto, @Body() change: WebhookChangeDto): Promise<Webhook> {
    return this.webhooks.update(id, defined(change));
  }

  @Delete(':id')
  @Endpoint({
    access: 'admin',
    summary: 'Remove a webhook',
    status: 204,
    errors: ['RESOURCE_NOT_FOUND'],
    audit: {
      action: 'webhook.delete',
      resource: 'webhook',
      idsOf: (_nothing: undefined, { id = '' }) => [id.toLowerCase()],
    },
  })
  deleteWebhook(@Param() { id }: WebhookRefDto): Promise<void> {
    return this.webhooks.remove(id);
  }
}
