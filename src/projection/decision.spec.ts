import { describe, expect, it } from 'vitest';
import type { CurrentDecision } from '../contracts/projection.js';
import { RunStory } from '../../test/support/run-story.js';
import { MODE } from '../contracts/modes.js';

const story = (mode: string = MODE.decision): RunStory =>
  new RunStory(mode, ['alice', 'bob', 'carol'], 'alice').begin();

const current = (log: RunStory): CurrentDecision | undefined => log.view().decision.current;

/** The entries that carry a ballot, as `sender vote id`. */
const votes = (log: RunStory): string[] =>
  (current(log)?.proposals ?? []).flatMap(({ participantId, proposalId, vote }) =>
    vote === undefined ? [] : [`${participantId} ${vote} ${proposalId}`],
  );

const twoProposals = (mode: string): RunStory =>
  story(mode).propose('Proposal', 'alice', 'p1', 'first option').propose('Proposal', 'bob', 'p2', 'second option');

describe('before the Commitment', () => {
  it('is empty until something is proposed', () => {
    expect(story().message('SessionStart', 'alice').view().decision).toEqual({});
  });

  it('shows the option of what leads, not its id', () => {
    const log = twoProposals(MODE.decision);
    expect(current(log)).toMatchObject({ action: 'second option', proposalId: 'p2', finalized: false, reasons: [] });
    log.vote('carol', 'p1', 'approve');
    expect(current(log)).toMatchObject({ action: 'first option', proposalId: 'p1' });
  });

  it('prefers fewer denied among equals, then the newest', () => {
    const log = twoProposals(MODE.decision).vote('carol', 'p2', 'REJECT');
    expect(current(log)?.proposalId).toBe('p1');
    log.vote('carol', 'p1', 'REJECT');
    expect(current(log)?.proposalId).toBe('p2');
  });

  it('averages the evaluations of what leads, never the votes', () => {
    const log = twoProposals(MODE.decision).evaluate('alice', 'p2', 'APPROVE', 0.5).evaluate('bob', 'p2', 'BLOCK', 0.9);
    log.evaluate('alice', 'p2', 'APPROVE', 0.7).vote('carol', 'p2', 'APPROVE');
    expect(current(log)?.confidence).toBeCloseTo(0.8);
    expect(current(log.vote('alice', 'p1', 'APPROVE').vote('bob', 'p1', 'APPROVE'))).not.toHaveProperty('confidence');
  });

  it('shows the reasons of the last message that gave any', () => {
    const log = story()
      .propose('Proposal', 'alice', 'p1', 'go', { reasons: ['cheap', ' '] })
      .vote('bob', 'p1', 'APPROVE');
    expect(current(log)?.reasons).toEqual(['cheap']);
    log.answer('Objection', 'bob', 'p1', { reasons: ['slow'] });
    expect(current(log)?.reasons).toEqual(['slow']);
  });

  it('keeps what it showed when nothing is live any more', () => {
    const log = story(MODE.proposal)
      .propose('Proposal', 'alice', 'p1', 'go', { reasons: ['cheap'] })
      .answer('Withdraw', 'alice', 'p1', { reasons: ['too late'] });
    expect(current(log)).toMatchObject({ action: 'go', proposalId: 'p1', reasons: ['cheap'] });
  });

  it('prompts with the question of the request, else with the intent of the session', () => {
    const asked = new RunStory(MODE.decision, ['a'], 'a').begin(undefined, { decisionPrompt: 'Approve?' });
    const intent = { intent: 'decide' };
    expect(current(asked.message('SessionStart', 'a', intent).propose('Proposal', 'a', 'p', 'x'))?.prompt).toBe(
      'Approve?',
    );
    expect(current(story().message('SessionStart', 'alice', intent).propose('Proposal', 'bob', 'p', 'x'))?.prompt).toBe(
      'decide',
    );
    expect(current(story().message('SessionStart', 'alice', intent).finalize('a', true))?.prompt).toBe('decide');
  });
});

describe('the Commitment', () => {
  it.each([true, false, null])('finalizes with outcomePositive %j', (outcomePositive) => {
    const log = twoProposals(MODE.decision).evaluate('carol', 'p2', 'APPROVE', 0.6);
    log.finalize('decision.selected', outcomePositive, { supersedes: { sessionId: 's', commitmentHash: 'sha256:1' } });
    expect(current(log)).toMatchObject({
      action: 'decision.selected',
      proposalId: 'p2',
      confidence: 0.6,
      reasons: ['because'],
      finalized: true,
      outcomePositive,
      commitmentId: 'commitment-1',
      resolvedAt: log.events.at(-1)?.ts,
      resolvedBy: 'alice',
      supersedes: { sessionId: 's', commitmentHash: 'sha256:1' },
    });
  });

  it('leaves out half a reference and a blank reason', () => {
    const log = story().finalize('a', true, { reason: ' ', supersedes: { sessionId: 's', commitmentHash: '' } });
    expect(current(log)?.reasons).toEqual([]);
    expect(current(log)).not.toHaveProperty('supersedes');
  });

  it('is named by its message when it has no id', () => {
    expect(current(story().finalize('unknown', null, { commitmentId: '' }))?.commitmentId).toBe('commitment-1');
  });

  it('is the last word, whatever arrives: only the list of messages goes on', () => {
    const log = twoProposals(MODE.decision).finalize('decision.selected', true);
    const { proposals, ...decided } = current(log) ?? { proposals: [] };
    log.finalize('decision.rejected', false).vote('carol', 'p1', 'APPROVE').evaluate('bob', 'p2', 'BLOCK', 0.1);
    log.end('run.failed').propose('Proposal', 'carol', 'p3', 'third');
    const { proposals: later, ...still } = current(log) ?? { proposals: [] };
    expect(still).toEqual(decided);
    expect(later).toHaveLength(proposals.length + 3);
    expect(votes(log)).toEqual(['carol allow p1']);
  });

  it('may come after the run ended', () => {
    expect(current(story().end('run.completed', { commitmentMissing: true }).finalize('late', true))).toMatchObject({
      action: 'late',
      finalized: true,
    });
  });
});

describe('ballots', () => {
  it('counts the first vote of a sender on a decision', () => {
    const log = twoProposals(MODE.decision).vote('carol', 'p1', 'APPROVE').vote('carol', 'p1', 'REJECT');
    log.vote('carol', 'p2', 'REJECT').vote('bob', 'p1', 'ABSTAIN').vote('alice', 'p1', 'PERHAPS');
    expect(votes(log)).toEqual(['carol allow p1', 'carol deny p2']);
  });

  it('takes evaluations and objections for no ballots', () => {
    const log = twoProposals(MODE.decision).evaluate('carol', 'p1', 'REJECT', 0.9).answer('Objection', 'bob', 'p1');
    log.evaluate('bob', 'p1', 'BLOCK', 1);
    expect(votes(log)).toEqual([]);
    expect(log.projection().book.voters).toEqual([]);
  });

  it('counts the latest accept of a sender, wherever it lies', () => {
    const log = twoProposals(MODE.proposal).answer('Accept', 'carol', 'p1').answer('Accept', 'bob', 'p1');
    expect(current(log)?.proposalId).toBe('p1');
    log.answer('Accept', 'carol', 'p2').answer('Accept', 'carol', 'p2');
    expect(votes(log)).toEqual(['bob allow p1', 'carol allow p2']);
    expect(log.projection().book.accepts).toEqual([
      ['carol', 'p2'],
      ['bob', 'p1'],
    ]);
  });

  it('replaces an accept by a reject on the same proposal, and lets the accept stand', () => {
    const log = twoProposals(MODE.proposal).answer('Accept', 'carol', 'p1').answer('Reject', 'carol', 'p1');
    expect(votes(log)).toEqual(['carol deny p1']);
    expect(log.projection().book.accepts).toEqual([['carol', 'p1']]);
    log.answer('Accept', 'carol', 'p2');
    expect(votes(log)).toEqual(['carol deny p1', 'carol allow p2']);
  });

  it('forgets all about a withdrawn proposal', () => {
    const log = twoProposals(MODE.proposal)
      .answer('Accept', 'carol', 'p1')
      .answer('Reject', 'bob', 'p1', { terminal: true });
    expect(log.projection().book.terminalRejects).toEqual(['p1']);
    log.answer('Withdraw', 'alice', 'p1').answer('Accept', 'bob', 'p1');
    expect(votes(log)).toEqual([]);
    expect(log.projection().book).toMatchObject({ accepts: [], terminalRejects: [] });
    expect(current(log)?.proposalId).toBe('p2');
  });

  it('counts the first ballot of a sender on a request', () => {
    const log = story(MODE.quorum).propose('ApprovalRequest', 'alice', 'r1', 'deploy');
    log.answer('Approve', 'bob', 'r1').answer('Reject', 'bob', 'r1').answer('Reject', 'carol', 'r1');
    log.answer('Abstain', 'alice', 'r1');
    expect(votes(log)).toEqual(['bob allow r1', 'carol deny r1']);
  });

  it.each([
    [MODE.task, 'TaskRequest', 'TaskAccept', 'TaskReject'],
    [MODE.handoff, 'HandoffOffer', 'HandoffAccept', 'HandoffDecline'],
  ])('counts the latest answer to an offer in %s', (mode, offer, yes, no) => {
    const log = story(mode)
      .propose(offer, 'alice', 't1', 'do it', { to: ['bob'] })
      .answer(yes, 'bob', 't1');
    expect(votes(log)).toEqual(['bob allow t1']);
    log.answer(no, 'bob', 't1');
    expect(votes(log)).toEqual(['bob deny t1']);
  });

  it('goes by the mode: a Reject is no ballot where the mode knows none', () => {
    expect(votes(story(MODE.handoff).propose('HandoffOffer', 'alice', 'h', 'x').answer('Reject', 'bob', 'h'))).toEqual(
      [],
    );
  });
});

describe('the list of messages', () => {
  it('has one entry per message but updates and contexts', () => {
    const log = story(MODE.task).propose('TaskRequest', 'alice', 't1', 'do it', { reasons: ['now'] });
    log.answer('TaskAccept', 'bob', 't1').answer('TaskUpdate', 'bob', 't1').answer('HandoffContext', 'bob', 't1');
    log.answer('TaskComplete', 'bob', 't1');
    expect(current(log)?.proposals.map(({ messageType }) => messageType)).toEqual([
      'TaskRequest',
      'TaskAccept',
      'TaskComplete',
    ]);
    expect(current(log)?.proposals[0]).toEqual({
      participantId: 'alice',
      proposalId: 't1',
      messageType: 'TaskRequest',
      action: 'do it',
      reasons: ['now'],
      ts: log.events.find(({ type }) => type === 'proposal.created')?.ts,
      seq: log.events.find(({ type }) => type === 'proposal.created')?.seq,
    });
  });

  it('keeps the last 50', () => {
    const log = story().propose('Proposal', 'alice', 'p1', 'go');
    for (let index = 0; index < 60; index += 1) log.vote(`voter-${index}`, 'p1', 'APPROVE');
    expect(current(log)?.proposals).toHaveLength(50);
    expect(current(log)?.proposals[0]?.participantId).toBe('voter-10');
    expect(votes(log)).toHaveLength(50);
  });
});

describe('the book', () => {
  it('renews the label of a contribution', () => {
    const log = story(MODE.multiRound);
    for (const value of ['blue', 'green']) {
      log.answer('Contribute', 'bob', 'contribution:bob', { action: value, value });
      log.answer('Contribute', 'carol', 'contribution:carol', { action: 'blue', value: 'blue' });
    }
    expect(log.projection().book.proposals.map(({ id, label, by }) => [id, label, by])).toEqual([
      ['contribution:bob', 'green', 'bob'],
      ['contribution:carol', 'blue', 'carol'],
    ]);
    expect(current(log)?.action).toBe('blue');
  });

  it('knows a proposal it only heard about by its id', () => {
    const log = story().vote('bob', 'lost', 'APPROVE').propose('Proposal', 'alice', 'lost', 'told late');
    expect(current(log)).toMatchObject({ action: 'lost', proposalId: 'lost' });
    expect(votes(log)).toEqual(['bob allow lost']);
  });

  it('drops at 50 first what is withdrawn, then what nobody voted on', () => {
    const log = story(MODE.proposal);
    for (let index = 0; index < 50; index += 1) log.propose('Proposal', 'alice', `p${index}`, `option ${index}`);
    log.answer('Accept', 'bob', 'p0').answer('Withdraw', 'alice', 'p7');
    log.propose('Proposal', 'alice', 'p50', 'x').propose('Proposal', 'alice', 'p51', 'y');
    const ids = log.projection().book.proposals.map(({ id }) => id);
    expect(ids).toHaveLength(50);
    expect(ids).toContain('p0');
    expect(ids).not.toContain('p7');
    expect(ids).not.toContain('p1');
    expect(current(log)?.action).toBe('option 0');
  });

  it('drops the oldest when all were voted on, and every trace of it', () => {
    const log = story(MODE.proposal);
    for (let index = 0; index < 50; index += 1) {
      log.propose('Proposal', 'alice', `p${index}`, 'x').answer('Accept', `voter-${index}`, `p${index}`);
    }
    log.answer('Reject', 'bob', 'p0', { terminal: true }).propose('Proposal', 'alice', 'p50', 'y');
    const { accepts, proposals, terminalRejects } = log.projection().book;
    expect(proposals.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => `p${index + 1}`));
    expect(accepts.map(([, id]) => id)).not.toContain('p0');
    expect(terminalRejects).toEqual([]);
    expect(votes(log)).not.toContain('bob deny p0');
  });

  it('counts 1 000 ballots on one proposal', () => {
    const log = story().propose('Proposal', 'alice', 'p1', 'go');
    for (let index = 0; index < 1_010; index += 1) log.vote(`voter-${index}`, 'p1', 'APPROVE');
    expect(log.projection().book.proposals[0]?.ballots).toHaveLength(1_000);
    expect(current(log)?.proposals.at(-1)).not.toHaveProperty('vote');
  });

  it('is not confused by names that objects have', () => {
    const log = story().propose('Proposal', 'constructor', '__proto__', 'go').vote('__proto__', '__proto__', 'APPROVE');
    expect(votes(log)).toEqual(['__proto__ allow __proto__']);
    expect(current(log)?.action).toBe('go');
  });
});
