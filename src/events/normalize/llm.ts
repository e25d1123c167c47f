import type { EventDraft } from '../../contracts/events.js';
import type { JsonObject } from '../../contracts/json.js';
import type { ModelPrice } from './env.js';
import type { Heard } from './heard.js';
import { isDynamicMode } from './modes.js';
import { isBlank, isObject, numberIn, objectIn, optional, textIn } from './text.js';

const LLM_SIGNAL = 'llm.call.completed';

type Prices = ReadonlyMap<string, ModelPrice>;

/** The model call that an envelope tells of, if it does. Whoever sent it made it; a claimed other id is ignored. */
export function llmCalls(heard: Heard, prices: Prices): readonly EventDraft[] {
  const told = callIn(heard);
  const call = told && readCall(told, prices);
  if (call === undefined) return [];
  const subject = { kind: 'participant', id: heard.header.sender } as const;
  return [{ ...heard.at, type: 'llm.call.completed', subject, data: { ...heard.header, ...call } }];
}

/** A member's signal, or a JSON message of a dynamic mode. */
function callIn(heard: Heard): JsonObject | undefined {
  const { payload, header } = heard;
  if (isBlank(header.sender)) return undefined;
  if (header.messageType === 'Signal') {
    const { signalData } = heard;
    const counts = heard.member || !heard.ambient;
    return counts && textIn(payload, 'signalType') === LLM_SIGNAL && isObject(signalData) ? signalData : undefined;
  }
  if (heard.ambient || header.payloadEncoding !== 'json' || !isDynamicMode(heard.mode)) return undefined;
  const metadata = objectIn(payload, 'metadata');
  const whole = objectIn(payload, 'llmCall', 'llm_call') ?? (metadata && objectIn(metadata, 'llmCall', 'llm_call'));
  if (whole !== undefined) return whole;
  return [payload, metadata].find((holder) => holder !== undefined && usageIn(holder) !== undefined);
}

function usageIn(holder: JsonObject): JsonObject | undefined {
  return objectIn(holder, 'tokenUsage', 'token_usage');
}

/** undefined unless there is a token, a model, a prompt or a response. */
function readCall(told: JsonObject, prices: Prices) {
  const usage = usageIn(told) ?? {};
  const amount = (...names: readonly string[]) => amountIn(told, usage, names);
  const promptTokens = countOf(amount('promptTokens', 'prompt_tokens'));
  const completionTokens = countOf(amount('completionTokens', 'completion_tokens'));
  const totalTokens = countOf(amount('totalTokens', 'total_tokens')) || countOf(promptTokens + completionTokens);
  const texts = textsOf(told);
  if (totalTokens === 0 && !('model' in texts || 'prompt' in texts || 'response' in texts)) return undefined;
  const reportedCost = amount('estimatedCostUsd', 'estimated_cost_usd');
  const tokens = { promptTokens, completionTokens, totalTokens };
  return {
    ...texts,
    ...tokens,
    ...optional('latencyMs', amount('latencyMs', 'latency_ms')),
    ...costOf(reportedCost, tokens, prices.get(textIn(told, 'model'))),
  };
}

function textsOf(told: JsonObject) {
  return {
    ...named('provider', textIn(told, 'provider')),
    ...named('model', textIn(told, 'model')),
    ...named('prompt', textIn(told, 'prompt')),
    ...named('response', textIn(told, 'response')),
    ...named('summary', textIn(told, 'summary')),
    ...named('artifactId', textIn(told, 'artifactId', 'artifact_id')),
  };
}

function named<K extends string>(name: K, text: string): { readonly [P in K]?: string } {
  return optional(name, isBlank(text) ? undefined : text);
}

/** A number of at least 0, from the call or its token usage. */
function amountIn(told: JsonObject, usage: JsonObject, names: readonly string[]): number | undefined {
  const value = numberIn(told, ...names) ?? numberIn(usage, ...names);
  return value === undefined || value < 0 ? undefined : value;
}

/** Whole, and no larger than what JSON keeps exactly: senders choose their numbers freely. */
function countOf(amount = 0): number {
  return Math.min(Math.trunc(amount), Number.MAX_SAFE_INTEGER);
}

/** Fixed in the event, so that a later change of prices does not alter history. US dollars, 6 decimals. */
function costOf(
  reported: number | undefined,
  tokens: { readonly promptTokens: number; readonly completionTokens: number },
  price: ModelPrice | undefined,
) {
  if (reported !== undefined) return { estimatedCostUsd: reported, costSource: 'reported' } as const;
  // A bare total cannot be priced: the two kinds of token cost differently.
  if (price === undefined || tokens.promptTokens + tokens.completionTokens === 0) return { estimatedCostUsd: null };
  const perThousand = tokens.promptTokens * price.promptUsdPer1k + tokens.completionTokens * price.completionUsdPer1k;
  const estimatedCostUsd = Math.round(perThousand * 1000) / 1e6;
  return Number.isFinite(estimatedCostUsd)
    ? ({ estimatedCostUsd, costSource: 'table' } as const)
    : { estimatedCostUsd: null };
}
