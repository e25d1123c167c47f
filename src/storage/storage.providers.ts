import { AdoptionRepository } from './adoption.repository.js';
import { ArtifactRepository } from './artifact.repository.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { AuditRepository } from './audit.repository.js';
import { DashboardRepository } from './dashboard.repository.js';
import { EventRepository } from './event.repository.js';
import { MetricsRepository } from './metrics.repository.js';
import { OutboundMessageRepository } from './outbound-message.repository.js';
import { ProjectionRepository } from './projection.repository.js';
import { RunRepository } from './run.repository.js';
import { RuntimeSessionRepository } from './runtime-session.repository.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookRepository } from './webhook.repository.js';

/** One repository per entity; each needs nothing but the database, and those that show requests what is redacted. */
export const STORAGE_PROVIDERS = [
  RunRepository,
  AdoptionRepository,
  RuntimeSessionRepository,
  EventRepository,
  ProjectionRepository,
  CheckpointRepository,
  MetricsRepository,
  ArtifactRepository,
  OutboundMessageRepository,
  AuditRepository,
  WebhookRepository,
  WebhookDeliveryRepository,
  DashboardRepository,
] as const;
