import type { components, operations } from './gen/schema.js';

/** Names for what the API answers with; the shapes are generated from docs/openapi.json. */
type Schemas = components['schemas'];

/** Characters of a reason, as the API bounds them. */
export const REASON_LENGTH_MAX = 4_096;

export type Run = Schemas['Run'];
export type RunPage = Schemas['RunPage'];
export type RunState = Schemas['RunState'];
export type RunEvent = Schemas['Event'];
export type RunComparison = Schemas['RunComparison'];
export type BatchResult = Schemas['BatchResult'];
export type ErrorBody = Schemas['Error'];
export type Readiness = Schemas['Readiness'];
export type Overview = Schemas['DashboardOverview'];
export type Webhook = Schemas['Webhook'];
export type Metrics = Schemas['Metrics'];
export type ExecutionRequest = Schemas['ExecutionRequestDto'];

export type RunStatus = Run['status'];
export type EventType = RunEvent['type'];
export type Participant = RunState['participants'][number];
export type Decision = NonNullable<RunState['decision']['current']>;
export type DecisionEntry = Decision['proposals'][number];
export type VoteTally = RunState['policy']['voteTally'][number];
export type RunsQuery = NonNullable<operations['listRuns']['parameters']['query']>;
export type EventsQuery = NonNullable<operations['searchEvents']['parameters']['query']>;

/** As much of an OpenAPI document as we look at. */
export interface OpenApiDocument {
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly paths: {
    readonly '/runs': {
      readonly post: { readonly requestBody: { readonly content: { readonly 'application/json': Exemplified } } };
    };
  };
}

interface Exemplified {
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}
