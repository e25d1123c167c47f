import type { ExecutionRequest, Orchestration, SessionSpec } from '../contracts/execution-request.js';
import type { JsonObject } from '../contracts/json.js';
import type { ExecutionMode } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';

export const EXECUTION_MODE_OF: Readonly<Record<Orchestration, ExecutionMode>> = {
  drive: 'driver',
  observe: 'observer',
};

/** A request that says who opens its session. */
export type ResolvedRequest = ExecutionRequest & { readonly session: { readonly orchestration: Orchestration } };

/** What only the one who opens a session tells the runtime. */
const OPENERS_WORDS = [
  'initiatorParticipantId',
  'intent',
  'contextId',
  'contextEnvelope',
  'roots',
  'extensions',
] as const satisfies readonly (keyof SessionSpec)[];

/**
 * The request with its orchestration settled: what it says itself; `drive` when it names messages to send or who is to
 * send them; else what the configuration says. Throws VALIDATION_ERROR for an observed run that also says what its
 * opener would say.
 */
export function resolveOrchestration(request: ExecutionRequest, fallback: Orchestration): ResolvedRequest {
  const { session } = request;
  const isDriven = request.kickoff.length > 0 || session.initiatorParticipantId !== undefined;
  const orchestration = session.orchestration ?? (isDriven ? 'drive' : fallback);
  if (orchestration === 'observe') refuseOpenersWords(request);
  return { ...request, session: { ...session, orchestration } };
}

function refuseOpenersWords({ session, kickoff }: ExecutionRequest): void {
  const paths = OPENERS_WORDS.filter((key) => session[key] !== undefined).map((key) => `session.${key}`);
  if (kickoff.length > 0) paths.push('kickoff');
  const [first] = paths;
  if (first === undefined) return;
  const message = 'must not be given for an observed run: an agent opens its session, and says this itself';
  const issues: JsonObject[] = paths.map((path) => ({ path, message }));
  const more = paths.length > 1 ? ` (and ${paths.length - 1} more)` : '';
  throw new AppError('VALIDATION_ERROR', `${first}: ${message}${more}`, { issues });
}
