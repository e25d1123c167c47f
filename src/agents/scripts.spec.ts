import { fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { JsonValue } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CommitmentPayloadSchema, SessionStartPayloadSchema } from '../gen/macp/v1/core_pb.js';
import type { CommitmentPayload } from '../gen/macp/v1/core_pb.js';
import {
  AbstainPayloadSchema,
  ApprovalRequestPayloadSchema,
  ApprovePayloadSchema,
} from '../gen/macp/modes/quorum/v1/quorum_pb.js';
import type { ScriptedManner } from '../contracts/execution-request.js';
import { EXAMPLE_CASTS } from './cast.js';
import type { Cast } from './cast.js';
import { exampleRequest, runExamples } from './examples.js';
import { EXAMPLE_MODES, modeOf } from './modes.js';
import type { ExampleMode } from './modes.js';
import { answersOf, scriptFor } from './scripts.js';
import type { SeenMessage } from './seen.js';
import { payloadType, readBody } from './wire.js';

const OUTCOMES: Record<ExampleMode, string> = {
  decision: 'decision.selected',
  proposal: 'proposal.accepted',
  task: 'task.completed',
  handoff: 'handoff.accepted',
  quorum: 'quorum.approved',
  multi_round: 'multi_round.converged',
};

const REFUSALS: Record<ExampleMode, string> = {
  decision: 'decision.rejected',
  proposal: 'proposal.rejected',
  task: 'task.failed',
  handoff: 'handoff.declined',
  quorum: 'quorum.rejected',
  multi_round: 'multi_round.declined',
};

/** More rounds than any script needs; a script that has not committed by then never will. */
const ROUNDS_MAX = 120;

interface Played {
  readonly transcript: readonly string[];
  readonly commitment: CommitmentPayload | undefined;
}

function opening(mode: ExampleMode, { initiator, others }: Cast): SeenMessage[] {
  const { session, kickoff } = exampleRequest(mode);
  const start = create(SessionStartPayloadSchema, {
    participants: [initiator, ...others].map(({ id }) => id),
    modeVersion: session.modeVersion,
    configurationVersion: session.configurationVersion,
    policyVersion: session.policyVersion ?? '',
  });
  const messages = kickoff.map(({ from, messageType, payload, payloadEnvelope }): SeenMessage => {
    const type = payloadType(mode, messageType)!;
    const json = payloadEnvelope?.encoding === 'proto' ? payloadEnvelope.proto.value : payload;
    const bytes = toBinary(type, fromJson(type, JSON.parse(JSON.stringify(json)) as JsonValue));
    return { sender: from, messageType, body: readBody(mode, messageType, bytes) };
  });
  return [{ sender: session.initiatorParticipantId!, messageType: 'SessionStart', body: start }, ...messages];
}

/** A session without a runtime: in each round one agent, chosen by `turns`, says the next thing it has to say. */
function play(
  mode: ExampleMode,
  turns: readonly number[],
  cast: Cast = EXAMPLE_CASTS[mode],
  manner: ScriptedManner = 'agreeing',
): Played {
  const agents = scriptFor(mode, cast, manner);
  const said = new Set<string>();
  const messages = opening(mode, cast);
  const transcript = messages.map(({ sender, messageType }) => `${sender} ${messageType}`);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const first = turns[round % turns.length]!;
    for (let offset = 0; offset < agents.length; offset += 1) {
      const agent = agents[(first + offset) % agents.length]!;
      const seen = { self: agent.id, sessionId: 's', messages: [...messages] };
      const next = agent.decide(seen).find(({ key }) => !said.has(`${agent.id} ${key}`));
      if (!next) continue;
      said.add(`${agent.id} ${next.key}`);
      transcript.push(`${agent.id} ${next.messageType}`);
      if (next.messageType === 'Commitment') {
        return { transcript, commitment: fromBinary(CommitmentPayloadSchema, next.payload) };
      }
      const ambient = next.messageType === 'Signal' || next.messageType === 'Progress';
      const body = readBody(mode, next.messageType, next.payload);
      if (!ambient) messages.push({ sender: agent.id, messageType: next.messageType, body });
      break;
    }
  }
  return { transcript, commitment: undefined };
}

const turns = fc.array(fc.nat(3), { minLength: 1, maxLength: ROUNDS_MAX });

describe.each(EXAMPLE_MODES)('scripted agents of %s mode', (mode) => {
  it('come to the same commitment in whatever order they speak', () => {
    fc.assert(
      fc.property(turns, (order) => {
        const { commitment } = play(mode, order);
        expect(commitment?.action).toBe(OUTCOMES[mode]);
        expect(commitment?.outcomePositive).toBe(true);
        expect(commitment?.reason).not.toBe('');
        expect(commitment).toMatchObject({ modeVersion: '1.0.0', configurationVersion: 'config.default' });
      }),
    );
  });

  it('say nothing but an introduction before the session has begun', () => {
    for (const agent of scriptFor(mode)) {
      const messages = agent.decide({ self: agent.id, sessionId: 's', messages: [] });
      expect(messages.map(({ messageType }) => messageType)).toEqual(['Signal']);
    }
  });

  it('are the participants of the example request, the initiator first', () => {
    const { session, kickoff } = exampleRequest(mode);
    expect(session.participants.map(({ id }) => id)).toEqual(scriptFor(mode).map(({ id }) => id));
    expect(kickoff.every(({ from }) => from === session.initiatorParticipantId)).toBe(true);
    expect(kickoff.length).toBeGreaterThan(0);
  });
});

/** The example's cast with more of the others; those whom the kickoff names stay. */
function enlarged(mode: ExampleMode, more: number): Cast {
  const { initiator, others } = EXAMPLE_CASTS[mode];
  const added = Array.from({ length: more }, (_, index) => ({ id: `agent://more-${index}`, role: 'more' }));
  return { initiator, others: [...others, ...added] };
}

describe.each(EXAMPLE_MODES)('scripted agents of %s mode in another cast', (mode) => {
  it('come to the end they are heading for, however many they are', () => {
    fc.assert(
      fc.property(turns, fc.nat(4), fc.boolean(), (order, more, isAgreeing) => {
        const { commitment } = play(mode, order, enlarged(mode, more), isAgreeing ? 'agreeing' : 'refusing');
        expect(commitment?.action).toBe((isAgreeing ? OUTCOMES : REFUSALS)[mode]);
        expect(commitment?.outcomePositive).toBe(isAgreeing);
      }),
    );
  });

  it('come to no end when one of those who are needed is silent', () => {
    expect(play(mode, [0], EXAMPLE_CASTS[mode], 'silent').commitment).toBeUndefined();
  });
});

describe('the examples', () => {
  const examples = runExamples('some-kind');

  it('are one of each mode at least, each under an id of its own', () => {
    expect(new Set(examples.map(({ mode }) => mode))).toEqual(new Set(EXAMPLE_MODES));
    expect(new Set(examples.map(({ id }) => id)).size).toBe(examples.length);
  });

  it.each(examples)('$id begins with what its agents answer', ({ mode, request }) => {
    expect(modeOf(request.session.modeName)).toBe(mode);
    const said = request.kickoff.map(({ messageType }) => messageType);
    const known = EXAMPLE_MODES.find((candidate) => candidate === mode)!;
    expect(said).toEqual(expect.arrayContaining([...answersOf(known)]));
    expect(request).toMatchObject({ mode: 'sandbox', runtime: { kind: 'some-kind' } });
  });
});

describe('the reviewers of a decision', () => {
  it('raise no evaluation or objection after the first vote, which closes both', () => {
    fc.assert(
      fc.property(turns, (order) => {
        const types = play('decision', order).transcript.map((line) => line.split(' ')[1]);
        const lastOpinion = Math.max(types.lastIndexOf('Evaluation'), types.lastIndexOf('Objection'));
        expect(types.indexOf('Vote')).toBeGreaterThan(lastOpinion);
      }),
    );
  });

  it('disagree, and the majority decides', () => {
    const { transcript, commitment } = play('decision', [0]);
    expect(transcript.filter((line) => line.endsWith('Vote'))).toHaveLength(3);
    expect(commitment?.reason).toBe('deploy v2.1 today: 2 for, 1 against');
  });
});

describe('the requester of approvals', () => {
  const { initiator, others } = EXAMPLE_CASTS.quorum;
  const [requester] = scriptFor('quorum');

  /** What the requester has to say when one approval is missing and all the others have answered. */
  function lastWords(participants: readonly string[]): readonly string[] {
    const ballots = [ApprovePayloadSchema, ApprovePayloadSchema, AbstainPayloadSchema];
    const messages = [
      [initiator.id, create(SessionStartPayloadSchema, { participants: [...participants] })] as const,
      [initiator.id, create(ApprovalRequestPayloadSchema, { requestId: 'r', requiredApprovals: 3 })] as const,
      ...others.map(({ id }, index) => [id, create(ballots[index]!, { requestId: 'r' })] as const),
    ].map(([sender, body]): SeenMessage => ({ sender, messageType: '', body }));
    return requester!.decide({ self: initiator.id, sessionId: 's', messages }).map(({ messageType }) => messageType);
  }

  it('casts the ballot that is missing', () => {
    expect(lastWords([initiator, ...others].map(({ id }) => id))).toEqual(['Signal', 'Approve']);
  });

  it('has none without being a participant, and commits what the others answered', () => {
    expect(lastWords(others.map(({ id }) => id))).toEqual(['Signal', 'Commitment']);
  });
});
