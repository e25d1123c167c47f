import { randomUUID } from 'node:crypto';
import { create, toBinary } from '@bufbuild/protobuf';
import { EnvelopeSchema, type Envelope } from '../../../src/gen/macp/v1/envelope_pb.js';
import { ERRORS } from '../../../src/embedded-runtime/errors.js';
import type { Identity } from '../../../src/embedded-runtime/identity.js';
import { DEFAULT_LIMITS } from '../../../src/embedded-runtime/limits.js';
import { RuntimeService, type Submission } from '../../../src/embedded-runtime/runtime.service.js';
import type { AcceptedEnvelope, Session } from '../../../src/embedded-runtime/session.js';
import type { JsonObject } from '../../../src/contracts/json.js';
import { startEnvelope, stepEnvelope, type Fixture } from './fixture.js';

export function anyone(sender: string): Identity {
  return { sender, canStartSessions: true, canManageModeRegistry: true, isObserver: false };
}

/** A fresh runtime without a wire, at a time that only the test moves. */
export class InProcess {
  clock = 1_700_000_000_000;
  readonly runtime: RuntimeService;

  constructor(limits: Partial<typeof DEFAULT_LIMITS> = {}) {
    this.runtime = new RuntimeService({ limits: { ...DEFAULT_LIMITS, ...limits }, now: () => this.clock });
  }

  /** Shape, identity and kernel, as Send does it. */
  send(envelope: Envelope): Submission {
    const copy = create(EnvelopeSchema, { ...envelope });
    const identity = anyone(copy.sender);
    return this.runtime.admit(copy, identity) ?? this.runtime.submit(copy, identity);
  }

  registerPolicy({ policy }: Fixture): string | undefined {
    if (!policy) return undefined;
    return this.runtime.registerPolicy({
      policyId: policy.policy_id,
      mode: policy.mode,
      description: policy.description ?? '',
      rules: policy.rules as JsonObject,
      schemaVersion: policy.schema_version,
    });
  }

  session(id: string): Session {
    const session = this.runtime.sessions.find(id);
    if (!session) throw new Error(`no session ${id}`);
    return session;
  }
}

export interface StepResult {
  readonly ok: boolean;
  readonly duplicate: boolean;
  readonly code: string;
}

export interface FixtureRun {
  readonly world: InProcess;
  readonly session: Session;
  readonly start: Submission;
  readonly steps: readonly StepResult[];
}

export function toResult(outcome: Submission): StepResult {
  return outcome.ok
    ? { ok: true, duplicate: outcome.duplicate, code: '' }
    : { ok: false, duplicate: false, code: ERRORS[outcome.error].code };
}

export function runFixture(fixture: Fixture): FixtureRun {
  const world = new InProcess();
  const refusal = world.registerPolicy(fixture);
  if (refusal !== undefined) throw new Error(refusal);
  const sessionId = randomUUID();
  const start = world.send(startEnvelope(fixture, { sessionId, now: world.clock }));
  const steps = fixture.messages.map((_step, index) => {
    world.clock += 1;
    return toResult(world.send(stepEnvelope(fixture, index, { sessionId, now: world.clock })));
  });
  return { world, session: world.session(sessionId), start, steps };
}

/** Feeds an accepted history to a new runtime, with the times at which it was accepted. */
export function replayHistory(fixture: Fixture, history: readonly AcceptedEnvelope[]): Session {
  const world = new InProcess();
  world.registerPolicy(fixture);
  for (const { envelope, acceptedAt } of history) {
    world.clock = acceptedAt;
    const outcome = world.send(envelope);
    if (!outcome.ok) throw new Error(`${envelope.messageId} does not replay: ${outcome.error}`);
  }
  return world.session(history[0]!.envelope.sessionId);
}

export function historyBytes(session: Session): string[] {
  return session.history.map(({ envelope }) => Buffer.from(toBinary(EnvelopeSchema, envelope)).toString('base64'));
}
