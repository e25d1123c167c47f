import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AcceptPayloadSchema, ProposalPayloadSchema } from '../../gen/macp/modes/proposal/v1/proposal_pb.js';
import { ContributePayloadSchema } from '../../gen/macp/modes/multi_round/v1/multi_round_pb.js';
import { BUILT_IN_POLICIES, type PolicyDefinition } from '../policies/definition.js';
import type { Mode, ModeRun } from './mode.js';
import { multiRoundMode } from './multi-round.js';
import { proposalMode } from './proposal.js';

function begin(mode: Mode, participants: readonly string[], rules: PolicyDefinition['rules'] = {}): ModeRun {
  const [fallback] = BUILT_IN_POLICIES;
  const run = mode.begin({
    initiator: 'lead',
    participants,
    members: new Set(participants),
    modeVersion: '1.0.0',
    configurationVersion: 'cfg',
    policy: { ...fallback!, rules },
    authority: (sender) => sender === 'lead',
  });
  if (!run) throw new Error('the mode did not begin');
  return run;
}

function tell(run: ModeRun, sender: string, type: string, payload: Uint8Array): boolean {
  const judgement = run.judge({ type, sender, payload, at: 0 });
  if (judgement.ok) judgement.apply();
  return judgement.ok;
}

describe('a judgement', () => {
  it('changes nothing until it is applied', () => {
    const run = begin(proposalMode, ['a']);
    const payload = toBinary(ProposalPayloadSchema, create(ProposalPayloadSchema, { proposalId: 'p' }));
    const before = run.describe();
    const judgement = run.judge({ type: 'Proposal', sender: 'a', payload, at: 0 });
    expect(judgement.ok).toBe(true);
    expect(run.describe()).toEqual(before);
    if (judgement.ok) judgement.apply();
    expect(run.describe()).not.toEqual(before);
  });

  it('does not stumble over names that objects already have', () => {
    const run = begin(proposalMode, ['a']);
    for (const proposalId of ['__proto__', 'constructor', 'toString']) {
      const propose = toBinary(ProposalPayloadSchema, create(ProposalPayloadSchema, { proposalId }));
      expect(tell(run, 'a', 'Proposal', propose)).toBe(true);
      expect(tell(run, 'a', 'Proposal', propose)).toBe(false);
    }
    expect(Object.keys(run.describe()['proposals'] ?? {})).toEqual(['__proto__', 'constructor', 'toString']);
    for (const type of ['__proto__', 'constructor', 'toString']) {
      expect(run.judge({ type, sender: 'a', payload: new Uint8Array(), at: 0 })).toMatchObject({
        error: 'InvalidPayload',
      });
    }
  });
});

describe('the criteria of proposal mode', () => {
  /** The phase as the definition has it, over all proposals. */
  function expected(
    criterion: string,
    parties: string[],
    live: Map<string, string>,
    accepts: Map<string, string>,
  ): string {
    const meets = ([id, proposer]: [string, string]): boolean => {
      if (criterion === 'initiator') return accepts.get('lead') === id;
      const asked = criterion === 'counterparty' ? parties.filter((party) => party !== proposer) : parties;
      return asked.every((party) => accepts.get(party) === id);
    };
    return [...live].some(meets) ? 'Converged' : 'Negotiating';
  }

  it.each(['all_parties', 'counterparty', 'initiator'])(
    '%s is found without walking over all proposals',
    (criterion) => {
      let seed = 7;
      const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
      for (const parties of [['lead'], ['lead', 'a'], ['lead', 'a', 'b'], ['a', 'b']]) {
        const run = begin(proposalMode, parties, { acceptance: { criterion } });
        const live = new Map<string, string>();
        const accepts = new Map<string, string>();
        for (let n = 0; n < 400; n += 1) {
          const sender = parties[next(parties.length)]!;
          const proposalId = `p${next(4)}`;
          const isProposal = next(3) === 0;
          const schema = isProposal ? ProposalPayloadSchema : AcceptPayloadSchema;
          const type = isProposal ? 'Proposal' : next(8) === 0 ? 'Withdraw' : 'Accept';
          const ok = tell(run, sender, type, toBinary(schema, create(schema, { proposalId })));
          if (ok && type === 'Proposal') live.set(proposalId, sender);
          if (ok && type === 'Accept') accepts.set(sender, proposalId);
          if (ok && type === 'Withdraw') {
            live.delete(proposalId);
            for (const [party, id] of accepts) if (id === proposalId) accepts.delete(party);
          }
          expect(run.describe()['phase']).toBe(expected(criterion, parties, live, accepts));
        }
      }
    },
  );
});

describe('a contribution', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const contributions = (payload: Uint8Array): unknown => {
    const run = begin(multiRoundMode, ['a', 'b']);
    return tell(run, 'a', 'Contribute', payload) ? run.describe()['contributions'] : undefined;
  };

  it('is protobuf or the older JSON', () => {
    const proto = toBinary(ContributePayloadSchema, create(ContributePayloadSchema, { value: 'x' }));
    expect(contributions(proto)).toEqual({ a: 'x' });
    expect(contributions(text('{"value":"x"}'))).toEqual({ a: 'x' });
    expect(contributions(text('{"value":""}'))).toEqual({ a: '' });
    expect(contributions(text('{"value":1}'))).toBeUndefined();
    expect(contributions(text(''))).toBeUndefined();
  });
});
