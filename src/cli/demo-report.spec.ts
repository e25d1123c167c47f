import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../contracts/events.js';
import type { RunStateView } from '../contracts/projection.js';
import { eventLine } from './demo-events.js';
import { decisionReport, keepReport } from './demo-report.js';

function event(type: string, data: object): CanonicalEvent {
  // As parsed from a frame: only what the line needs.
  return JSON.parse(JSON.stringify({ seq: 7, ts: '2026-01-02T03:04:05.678Z', type, data })) as CanonicalEvent;
}

function view(): RunStateView {
  const ts = '2026-01-02T03:04:05.678Z';
  const vote = { participantId: 'agent://alice', proposalId: 'p1', messageType: 'Vote', action: 'APPROVE', ts };
  const current = {
    action: 'decision.selected',
    reasons: ['2 for, 1 against'],
    finalized: true,
    outcomePositive: true,
    resolvedBy: 'agent://lead',
    resolvedAt: ts,
    proposals: [{ ...vote, reasons: ['the canary is healthy'], vote: 'allow' }],
  };
  const tally = { commitmentId: 'p1', allow: 2, deny: 1, abstain: 0, threshold: 0, quorum: { required: 0, cast: 3 } };
  const state = {
    run: { runId: 'run-1', status: 'completed' },
    participants: [{ participantId: 'agent://alice', role: 'reliability' }],
    decision: { current },
    timeline: { totalEvents: 42 },
    policy: { voteTally: [tally] },
  };
  return JSON.parse(JSON.stringify(state)) as RunStateView;
}

describe('the line of an event', () => {
  it('tells place, time, type, who and what it comes to', () => {
    const data = {
      sender: 'agent://alice',
      messageType: 'Vote',
      action: 'APPROVE',
      reasons: ['the canary is healthy'],
    };
    expect(eventLine(event('proposal.updated', data)).split(/ {2,}/)).toEqual([
      '',
      '7',
      '03:04:05.678',
      'proposal.updated',
      'alice',
      'Vote APPROVE — the canary is healthy',
    ]);
  });

  it('survives a type this demo does not know', () => {
    expect(eventLine(event('moon.rose', {}))).toContain('moon.rose');
  });
});

describe('the report', () => {
  it('says who voted what and why, the outcome and who committed it', () => {
    const text = decisionReport(view(), 1_234).join('\n');
    expect(text).toMatch(/alice +reliability +Vote APPROVE +the canary is healthy/);
    expect(text).toContain('2 for, 1 against, 0 abstained (p1)');
    expect(text).toMatch(/outcome +decision\.selected · a positive outcome/);
    expect(text).toMatch(/committed by +lead/);
    expect(text).toContain('run-1 · completed');
    expect(text).toContain('1.23 s · 42 events');
  });

  it('says so when there was no decision', () => {
    const undecided: RunStateView = { ...view(), decision: {} };
    expect(decisionReport(undecided, 1)).toEqual(['Run run-1 ended completed, without a decision.']);
  });

  it('says where to look while the service is kept', () => {
    expect(keepReport('http://127.0.0.1:1', 'run-1').join('\n')).toContain('http://127.0.0.1:1/runs/run-1/state');
  });
});
