import { HealthCheckResponse_ServingStatus as ServingStatus } from '../gen/grpc/health/v1/health_pb.js';
import { Topic } from './topic.js';

/** What the health service says: one status for the runtime's service and for the empty name. */
export class HealthTopic {
  readonly changes = new Topic<undefined>();
  private isServing = true;

  constructor(private readonly service: string) {}

  knows(service: string): boolean {
    return service === '' || service === this.service;
  }

  statusOf(service: string): ServingStatus {
    if (!this.knows(service)) return ServingStatus.SERVICE_UNKNOWN;
    return this.isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  stop(): void {
    this.isServing = false;
    this.changes.publish(undefined);
  }
}
