import type { EventOf } from '../contracts/events.js';
import type { LlmCallView, LlmTotals } from '../contracts/projection.js';
import { LLM_CALLS_MAX, WORD_CHARS_MAX } from './bounds.js';
import { amountOf, countOf, idOf, textOf } from './read.js';
import { present, type Update } from './update.js';

/** Digits of a cost after the point: enough for a single token of the cheapest model. */
const COST_DECIMALS = 6;
const COST_SCALE = 10 ** COST_DECIMALS;

/** A sum of counts; it stops at the largest whole number JSON keeps exactly. */
export function addCount(sum: number, value: unknown): number {
  return Math.min(sum + countOf(value), Number.MAX_SAFE_INTEGER);
}

/** A sum of costs in US dollars, rounded after each addition so that every order of summing shows the same digits. */
export function addCost(sum: number, value: unknown): number {
  const total = Math.round((sum + (amountOf(value) ?? 0)) * COST_SCALE) / COST_SCALE;
  return Number.isFinite(total) ? total : sum;
}

/** Totals over all calls of a run. */
export function addCall(totals: LlmTotals, { data }: EventOf<'llm.call.completed'>): LlmTotals {
  return {
    callCount: totals.callCount + 1,
    promptTokens: addCount(totals.promptTokens, data.promptTokens),
    completionTokens: addCount(totals.completionTokens, data.completionTokens),
    totalTokens: addCount(totals.totalTokens, data.totalTokens),
    estimatedCostUsd: addCost(totals.estimatedCostUsd, data.estimatedCostUsd),
  };
}

/** Lists the call without its prompt and response, which stay in the event. */
export const listCall: Update<'llm.call.completed'> = (draft, event) => {
  const { calls, totals } = draft.view.llm;
  draft.view.llm = { calls: draft.append(calls, callOf(event), LLM_CALLS_MAX), totals: addCall(totals, event) };
};

function callOf({ data, subject, seq, ts }: EventOf<'llm.call.completed'>): LlmCallView {
  return present<LlmCallView>({
    participantId: idOf(data.participantId) || idOf(subject.id),
    provider: textOf(data.provider, WORD_CHARS_MAX),
    model: textOf(data.model, WORD_CHARS_MAX),
    promptTokens: countOf(data.promptTokens),
    completionTokens: countOf(data.completionTokens),
    totalTokens: countOf(data.totalTokens),
    latencyMs: amountOf(data.latencyMs),
    estimatedCostUsd: amountOf(data.estimatedCostUsd),
    ts,
    seq,
    artifactId: idOf(data.artifactId) || undefined,
  });
}
