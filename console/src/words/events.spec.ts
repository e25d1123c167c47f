import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../api/types.js';
import { EVENT_TYPES, eventSentence, eventTitle, eventTone } from './events.js';

type Data = Readonly<Record<string, unknown>>;

/** An event as the API gives it; what is in `data` is a sender’s choice. */
function event(type: string, data: unknown, subjectId = 'subject-1'): RunEvent {
  const made: unknown = { id: 'e', runId: 'r', seq: 7, ts: '2026-01-01T00:00:00.000Z', type, schemaVersion: 3, data };
  return Object.assign(made as RunEvent, {
    subject: { kind: 'run', id: subjectId },
    source: { kind: 'runtime', name: 'rust-runtime', position: 1, ordinal: 1 },
  });
}

const by = (messageType: string, data: Data = {}): Data => ({
  messageType,
  sender: 'agent://alice',
  proposalId: 'p1',
  ...data,
});

const SENTENCES: readonly (readonly [type: string, data: Data, sentence: string, tone: string])[] = [
  ['run.created', { origin: 'request' }, 'Run requested', 'neutral'],
  ['run.created', { origin: 'discovery' }, 'Run discovered at the runtime', 'neutral'],
  ['run.started', {}, 'Run started', 'neutral'],
  ['session.bound', { participants: [{}, {}] }, 'Bound to its session, with 2 participants', 'neutral'],
  ['participant.seen', { participantId: 'agent://bob', role: 'security' }, 'bob is part of it, as security', 'neutral'],
  ['policy.resolved', { policyVersion: 'policy.std.majority' }, 'Governed by policy.std.majority', 'neutral'],
  ['session.state.changed', { state: 'SESSION_STATE_OPEN', previousState: null }, 'Session opened', 'active'],
  [
    'session.state.changed',
    { state: 'SESSION_STATE_OPEN', previousState: 'SESSION_STATE_SUSPENDED' },
    'Session resumed',
    'active',
  ],
  ['session.state.changed', { state: 'SESSION_STATE_EXPIRED', reason: 'ttl' }, 'Session expired: ttl', 'bad'],
  [
    'session.state.changed',
    { state: 'SESSION_STATE_CANCELLED', by: 'ops', reason: 'wrong' },
    'Session cancelled by ops: wrong',
    'neutral',
  ],
  ['session.stream.opened', { status: 'reconnecting' }, 'Runtime connection lost; reconnecting', 'warning'],
  [
    'session.stream.opened',
    { status: 'gap', fromOrdinal: 3, toOrdinal: 9 },
    'Some of the session’s history is lost (messages 3 to 9)',
    'bad',
  ],
  ['message.sent', by('Proposal', { ack: { ok: true } }), 'Sent a proposal as alice; the runtime took it', 'neutral'],
  [
    'message.send_failed',
    by('Vote', { errorCode: 'FORBIDDEN', errorMessage: 'not a participant' }),
    'The vote of alice was refused: not a participant',
    'bad',
  ],
  [
    'message.send_failed',
    by('Vote', { errorCode: 'RUNTIME_TIMEOUT', errorMessage: 'The runtime did not answer Vote in time.' }),
    'Whether the vote of alice was taken is not known: The runtime did not answer Vote in time.',
    'bad',
  ],
  ['message.received', by('Vote', { action: 'APPROVE' }), 'Message from alice: vote, APPROVE', 'neutral'],
  ['message.received', by('Ping', { to: ['agent://bob'] }), 'Message from alice to bob: ping', 'neutral'],
  [
    'proposal.created',
    by('Proposal', { action: 'deploy', reasons: ['it is time'] }),
    'alice proposes “deploy”: it is time',
    'active',
  ],
  [
    'proposal.created',
    by('CounterProposal', { action: 'nine', supersedesProposalId: 'p0' }),
    'alice counter-offers “nine” in place of p0',
    'active',
  ],
  [
    'proposal.created',
    by('TaskRequest', { action: 'dig', requestedAssignee: 'agent://bob' }),
    'alice asks bob to do “dig”',
    'active',
  ],
  [
    'proposal.created',
    by('HandoffOffer', { action: 'billing', targetParticipant: 'bob' }),
    'alice offers bob to take over “billing”',
    'active',
  ],
  [
    'proposal.created',
    by('ApprovalRequest', { action: 'deploy', requiredApprovals: 2 }),
    'alice asks for approval of “deploy”; 2 needed',
    'active',
  ],
  ['proposal.updated', by('Vote', { vote: 'APPROVE', reasons: ['healthy'] }), 'alice votes for p1: healthy', 'good'],
  ['proposal.updated', by('Vote', { vote: 'REJECT' }), 'alice votes against p1', 'bad'],
  ['proposal.updated', by('Vote', { vote: 'ABSTAIN' }), 'alice abstains on p1', 'neutral'],
  [
    'proposal.updated',
    by('Evaluation', { recommendation: 'APPROVE', confidence: 0.92 }),
    'alice finds it good, 92 % sure (p1)',
    'good',
  ],
  [
    'proposal.updated',
    by('Objection', { severity: 'low', reason: 'notes' }),
    'alice objects: low (p1): notes',
    'warning',
  ],
  ['proposal.updated', by('Accept'), 'alice accepts p1', 'good'],
  ['proposal.updated', by('Reject'), 'alice rejects p1', 'bad'],
  ['proposal.updated', by('Withdraw'), 'alice withdraws it (p1)', 'neutral'],
  ['proposal.updated', by('TaskAccept'), 'alice takes the task (p1)', 'good'],
  ['proposal.updated', by('TaskFail', { reason: 'no time' }), 'alice fails the task (p1): no time', 'bad'],
  ['proposal.updated', by('HandoffAccept'), 'alice takes over p1', 'good'],
  ['proposal.updated', by('Contribute', { value: 'blue' }), 'alice contributes “blue”', 'active'],
  [
    'decision.finalized',
    by('Commitment', { action: 'decision.selected', outcomePositive: true, reasons: ['3 for'] }),
    'alice commits a decision for: decision.selected – 3 for',
    'good',
  ],
  [
    'decision.finalized',
    by('Commitment', { action: 'no', outcomePositive: false }),
    'alice commits a decision against: no',
    'bad',
  ],
  [
    'policy.commitment.evaluated',
    { decision: 'deny', reasons: ['too few votes'] },
    'The policy denies the commitment: too few votes',
    'bad',
  ],
  ['policy.commitment.evaluated', { decision: 'allow' }, 'The policy allows the commitment', 'good'],
  [
    'policy.denied',
    { messageType: 'Commitment', reasons: ['quorum not met'] },
    'The policy denies a commitment: quorum not met',
    'bad',
  ],
  ['signal.emitted', by('Signal', { name: 'fraud', severity: 'high' }), 'alice signals “fraud” (high)', 'bad'],
  ['signal.acknowledged', by('SignalAck'), 'alice acknowledges a signal', 'neutral'],
  [
    'progress.reported',
    by('Progress', { percentage: 50, message: 'half way' }),
    'alice reports progress, 50 %: half way',
    'neutral',
  ],
  ['progress.reported', by('Progress', { percentage: null }), 'alice reports progress', 'neutral'],
  ['tool.called', by('ToolCall', { toolName: 'search' }), 'alice calls search', 'neutral'],
  [
    'tool.completed',
    by('ToolResult', { toolName: 'search', durationMs: 12.4 }),
    'alice got an answer from search after 12 ms',
    'neutral',
  ],
  [
    'llm.call.completed',
    { participantId: 'alice', model: 'gpt', totalTokens: 1200, estimatedCostUsd: 0.0031 },
    'alice asked gpt: 1,200 tokens, about $0.0031',
    'neutral',
  ],
  ['artifact.created', { label: 'report.pdf' }, 'Kept report.pdf', 'neutral'],
  ['run.suspended', {}, 'Run suspended', 'warning'],
  ['run.resumed', {}, 'Run resumed', 'active'],
  [
    'run.completed',
    { outcomePositive: true, action: 'decision.selected' },
    'Run completed with a decision for: decision.selected',
    'good',
  ],
  [
    'run.completed',
    { outcomePositive: null, commitmentMissing: true },
    'Run completed, though its commitment was not seen',
    'neutral',
  ],
  ['run.failed', { error: 'session expired', errorCode: 'SESSION_EXPIRED' }, 'Run failed: session expired', 'bad'],
  ['run.cancelled', { by: 'ops', reason: 'wrong version' }, 'Run cancelled by ops: wrong version', 'neutral'],
];

describe('the sentence of an event', () => {
  it.each(SENTENCES)('%s %j', (type, data, sentence, tone) => {
    expect(eventSentence(event(type, data))).toBe(sentence);
    expect(eventTone(event(type, data))).toBe(tone);
  });

  it('is there for every type of the API', () => {
    expect(new Set(SENTENCES.map(([type]) => type))).toEqual(new Set(EVENT_TYPES));
    expect(new Set(EVENT_TYPES.map(eventTitle)).size).toBe(EVENT_TYPES.length);
  });

  const HOSTILE: readonly unknown[] = [
    ...[undefined, null, 7, 'text', [], {}],
    { sender: 5, to: 'x', reasons: [null, {}, 3], participants: 'x', ack: 4, outcomePositive: 'yes', messageType: {} },
    { sender: '__proto__', messageType: 'constructor', action: ' ', percentage: Number.NaN, durationMs: Infinity },
    {
      sender: 'a'.repeat(5_000),
      action: 'b'.repeat(50_000),
      reasons: ['c\n'.repeat(9_000)],
      proposalId: 'd'.repeat(9_000),
    },
  ];

  it.each([...EVENT_TYPES, 'run.teleported', '__proto__', 'constructor'])('%s stands whatever was sent', (type) => {
    for (const data of HOSTILE) {
      const sentence = eventSentence(event(type, data));
      expect(sentence.trim()).not.toBe('');
      expect(sentence.length).toBeLessThan(600);
      expect(sentence).not.toMatch(/undefined|null|NaN|\[object|\n/);
      expect(['neutral', 'active', 'waiting', 'good', 'bad', 'warning']).toContain(eventTone(event(type, data)));
    }
  });

  it('says an unknown type in its own words', () => {
    expect(eventSentence(event('run.teleported', {}))).toBe('run.teleported');
  });
});
