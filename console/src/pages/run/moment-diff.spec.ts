import { describe, expect, it } from 'vitest';
import type { RunState } from '../../api/types.js';
import { momentDiff } from './moment-diff.js';

const state: RunState = {
  run: {
    runId: 'r',
    status: 'running',
    modeName: 'macp.mode.decision.v1',
    runtimeKind: 'rust',
    sessionState: 'SESSION_STATE_OPEN',
  },
  participants: [{ participantId: 'agent://bob', declared: true, status: 'waiting', messageCount: 0 }],
  graph: { nodes: [], edges: [] },
  decision: {},
  signals: { signals: [] },
  progress: { entries: [] },
  timeline: { latestSeq: 1, totalEvents: 1, recent: [] },
  trace: { spanCount: 0, linkedArtifacts: [] },
  outboundMessages: { total: 0, queued: 0, accepted: 0, rejected: 0 },
  llm: {
    calls: [],
    totals: { callCount: 0, promptTokens: 0, completionTokens: 0, totalTokens: 0, estimatedCostUsd: 0 },
  },
  policy: {
    policyVersion: 'p',
    quorumStatus: 'pending',
    commitmentEvaluations: [],
    expectedCommitments: [],
    voteTally: [],
  },
};

describe('two moments', () => {
  it('do not differ from themselves', () => {
    expect(momentDiff(state, state)).toEqual([]);
  });

  it('differ in what people look at', () => {
    const later: RunState = {
      ...state,
      run: { ...state.run, status: 'completed' },
      participants: [
        {
          participantId: 'agent://bob',
          declared: true,
          status: 'active',
          messageCount: 1,
          latestSummary: 'Vote APPROVE',
        },
      ],
      decision: { current: { action: 'deploy', reasons: [], finalized: true, outcomePositive: false, proposals: [] } },
      policy: {
        ...state.policy,
        quorumStatus: 'reached',
        expectedCommitments: [{ commitmentId: 'p1', title: 'deploy today', seq: 3 }],
        voteTally: [
          { commitmentId: 'p1', allow: 0, deny: 1, abstain: 0, threshold: 0, quorum: { required: 0, cast: 1 } },
        ],
      },
    };
    expect(momentDiff(state, later)).toEqual([
      { what: 'Status', before: 'Running', after: 'Completed' },
      { what: 'Decision', before: 'nothing', after: 'deploy' },
      { what: 'Outcome', before: 'nothing', after: 'against' },
      { what: 'Quorum', before: 'pending', after: 'reached' },
      { what: 'Votes on deploy today', before: 'nothing', after: '0 for, 1 against, 0 abstained' },
      { what: 'bob', before: 'Waiting', after: 'Active, last: Vote APPROVE' },
    ]);
  });
});
