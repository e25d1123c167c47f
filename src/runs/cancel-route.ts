import type { JsonObject, JsonValue } from '../contracts/json.js';
import type { Run } from '../contracts/run.js';
import { AppError } from '../errors/app-error.js';
import { isHeaderText } from '../runtime/credentials.js';
import type { CallbackAnswer, CancelCallback } from './cancel-callback.client.js';

/** What the request of an observed run says about ending its session: both keys of `session.metadata`. */
export interface CancelTerms {
  /** undefined = none was given; 'invalid' = something that cannot be called. */
  readonly callback: CancelCallback | 'invalid' | undefined;
  /** false forbids the control plane to ask the runtime itself; true and undefined leave it to the runtime's judgement. */
  readonly delegated: boolean | undefined;
}

/** One way that was tried to end a session which agents opened. */
export type CancelAttempt =
  | ({ readonly via: 'cancelCallback' } & (
      CallbackAnswer | { readonly outcome: 'blocked'; readonly refusal: 'CALLBACK_INVALID' }
    ))
  /** The runtime, or we for want of credentials, refused the identity. */
  | { readonly via: 'runtime'; readonly identity: string; readonly error: AppError };

export function cancelTermsOf(run: Run): CancelTerms {
  const metadata = run.request.session.metadata ?? {};
  const delegated = metadata['cancellationDelegated'];
  return {
    callback: callbackOf(metadata['cancelCallback']),
    delegated: typeof delegated === 'boolean' ? delegated : undefined,
  };
}

function callbackOf(value: JsonValue | undefined): CancelTerms['callback'] {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return 'invalid';
  const { url, bearer } = value as JsonObject;
  if (typeof url !== 'string') return 'invalid';
  if (bearer === undefined || bearer === null) return { url };
  return typeof bearer === 'string' && isHeaderText(bearer) ? { url, bearer } : 'invalid';
}

/** Refusals for want of rights: another identity, or another way, may still succeed. */
const RIGHTS: ReadonlySet<string> = new Set(['FORBIDDEN', 'CREDENTIALS_MISSING', 'POLICY_DENIED']);

export function isWantOfRights(error: unknown): error is AppError {
  return error instanceof AppError && RIGHTS.has(error.code);
}

/** Why the session was not cancelled, after every way was tried: by the one that came furthest. */
export function cancelFailure(run: Run, attempts: readonly CancelAttempt[]): AppError {
  const details = { runId: run.id, status: run.status, attempts: attempts.map(toDetails) };
  const callback = attempts.find((attempt) => attempt.via === 'cancelCallback');
  if (callback === undefined) return notDelegated(attempts, details);
  switch (callback.outcome) {
    case 'accepted':
      return new AppError(
        'CANCEL_UNCONFIRMED',
        'The initiator took the request to cancel, but the session is still open at the runtime. The run goes on, and becomes cancelled if and when the runtime says so.',
        details,
      );
    case 'blocked':
      return new AppError('CANCEL_CALLBACK_BLOCKED', blockedSentence(callback), {
        ...details,
        refusal: callback.refusal,
      });
    case 'declined':
      return new AppError(
        'CANCEL_CALLBACK_FAILED',
        `The initiator did not take the request to cancel: its cancelCallback answered HTTP ${callback.httpStatus}.`,
        { ...details, httpStatus: callback.httpStatus },
      );
    case 'unanswered':
      return new AppError(
        'CANCEL_CALLBACK_FAILED',
        `The initiator’s cancelCallback gave no answer (${callback.problem}); whether it was reached is not known.`,
        { ...details, problem: callback.problem },
      );
  }
}

const WAYS =
  'Name a session.metadata.cancelCallback in the request, let the session’s policy give commitment authority to the control plane, or configure the initiator’s token.';

function notDelegated(attempts: readonly CancelAttempt[], details: JsonObject): AppError {
  const refused = attempts.flatMap((attempt) => (attempt.via === 'runtime' ? [attempt.error] : []));
  const said = refused.at(-1);
  const why =
    said === undefined
      ? 'its request forbids the control plane to do so (cancellationDelegated: false).'
      : said.message;
  return new AppError(
    'CANCEL_NOT_DELEGATED',
    `Agents opened this session, and the control plane cannot end it: ${why} ${WAYS}`,
    { ...said?.details, ...details },
    { cause: said },
  );
}

function blockedSentence(callback: { readonly refusal: string; readonly host?: string }): string {
  const host = callback.host === undefined ? '' : ` '${callback.host}'`;
  switch (callback.refusal) {
    case 'HOST_NOT_ALLOWED':
      return `The run’s cancelCallback was not called: its host${host} is not in CANCEL_CALLBACK_HOSTS.`;
    case 'ADDRESS_NOT_ALLOWED':
      return `The run’s cancelCallback was not called: its host${host} leads to an address that is not public and not in CANCEL_CALLBACK_NETWORKS.`;
    default:
      return `The run’s cancelCallback was not called: it is not a URL that can be called (${callback.refusal}).`;
  }
}

function toDetails(attempt: CancelAttempt): JsonObject {
  if (attempt.via === 'cancelCallback') return { ...attempt };
  return { via: 'runtime', identity: attempt.identity, outcome: attempt.error.code };
}
