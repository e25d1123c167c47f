import type { EventData, EventDraft } from '../../contracts/events.js';
import { commitmentHash } from './commitment-hash.js';
import type { Heard } from './heard.js';
import { isStandardMode } from './modes.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { firstText, objectIn, optional, textIn, withoutBlanks } from './text.js';

/** What decision.finalized says besides the header. */
type Terms = Omit<EventData['decision.finalized'], keyof Heard['header']>;

/** An accepted Commitment: the decision, the policy's allowance, and the end of the session. */
export function readCommitment(heard: Heard): Reading {
  const terms = termsOf(heard);
  const { commitmentId, outcomePositive } = terms;
  const evaluated: EventDraft = {
    ...heard.at,
    type: 'policy.commitment.evaluated',
    subject: { kind: 'policy', id: commitmentId },
    data: {
      commitmentId,
      policyVersion: firstText(terms.policyVersion, heard.run.session.policyVersion),
      decision: 'allow',
      reasons: [],
      outcomePositive,
    },
  };
  return {
    ...concluded(heard, terms),
    flat: { ...terms },
    evaluated: isStandardMode(heard.mode) ? [evaluated] : [],
  };
}

/** A Commitment was accepted, whatever we can read of it. */
export function unreadableCommitment(heard: Heard): Reading {
  const { session } = heard.run;
  return concluded(heard, {
    proposalId: heard.fallbackId,
    commitmentId: heard.fallbackId,
    action: 'unknown',
    authorityScope: '',
    reason: '',
    reasons: [],
    outcomePositive: null,
    modeVersion: session.modeVersion,
    policyVersion: session.policyVersion,
    configurationVersion: session.configurationVersion,
  });
}

function concluded(heard: Heard, terms: Terms): Reading {
  const { action, outcomePositive, commitmentId } = terms;
  const decision: EventDraft = {
    ...heard.at,
    type: 'decision.finalized',
    subject: { kind: 'decision', id: commitmentId },
    data: { ...heard.header, ...terms },
  };
  return {
    ...NOTHING_MORE,
    derived: [decision],
    change: {
      state: 'SESSION_STATE_RESOLVED',
      via: 'commitment',
      ts: heard.at.ts,
      receivedAt: heard.receivedAt,
      commitment: { outcomePositive, action },
    },
  };
}

function termsOf(heard: Heard): Terms {
  const { payload } = heard;
  const commitmentId = firstText(textIn(payload, 'commitmentId'), heard.fallbackId);
  const supersedes = objectIn(payload, 'supersedes');
  const reason = textIn(payload, 'reason');
  return {
    proposalId: commitmentId,
    commitmentId,
    action: textIn(payload, 'action'),
    authorityScope: textIn(payload, 'authorityScope'),
    reason,
    reasons: withoutBlanks([reason]),
    outcomePositive: payload['outcomePositive'] === true,
    modeVersion: textIn(payload, 'modeVersion'),
    policyVersion: textIn(payload, 'policyVersion'),
    configurationVersion: textIn(payload, 'configurationVersion'),
    ...(supersedes === undefined
      ? {}
      : {
          supersedes: {
            sessionId: textIn(supersedes, 'sessionId'),
            commitmentHash: textIn(supersedes, 'commitmentHash'),
          },
        }),
    ...optional('commitmentHash', hashOf(heard)),
  };
}

/** Of texts that were cut or had letters replaced the hash would be that of another commitment, so there is none. */
function hashOf({ exact }: Heard): string | undefined {
  if (exact === undefined || JSON.stringify(exact).includes('\uFFFD')) return undefined;
  return commitmentHash(exact);
}
