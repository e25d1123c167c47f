import type { EventDraft } from '../../contracts/events.js';
import { DEFAULT_POLICY } from '../session-metadata.js';
import { resolvedPolicy } from './governance.js';
import type { Heard } from './heard.js';
import { readSignalAck } from './signal.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { firstText, numberIn, objectIn, optional, textIn, textsIn } from './text.js';

const TOOL_CALLED = /Tool(Call|Request)/i;
const TOOL_COMPLETED = /Tool(Result|Completed|Output)/i;

/** Message types of dynamic modes whose meaning we know; the rest is message.received and nothing more. */
const NAMED: Readonly<Record<string, (heard: Heard) => Reading>> = {
  SignalAck: readSignalAck,
  SignalAcknowledged: readSignalAck,
  PolicyResolved: readPolicyResolved,
  PolicyCommitmentEvaluated: readPolicyEvaluated,
  PolicyDenied: readPolicyDenied,
};

export function readDynamic(heard: Heard): Reading {
  const { messageType } = heard.header;
  const named = Object.hasOwn(NAMED, messageType) ? NAMED[messageType] : undefined;
  if (named !== undefined) return named(heard);
  if (TOOL_COMPLETED.test(messageType)) return { ...NOTHING_MORE, derived: [toolCompleted(heard)] };
  if (TOOL_CALLED.test(messageType)) return { ...NOTHING_MORE, derived: [toolCalled(heard)] };
  return NOTHING_MORE;
}

function toolCalled(heard: Heard): EventDraft {
  return {
    ...heard.at,
    type: 'tool.called',
    subject: toolSubject(heard),
    data: { ...heard.header, ...toolName(heard) },
  };
}

function toolCompleted(heard: Heard): EventDraft {
  const durationMs = numberIn(heard.payload, 'durationMs', 'duration_ms');
  const data = { ...heard.header, ...toolName(heard), ...optional('durationMs', durationMs) };
  return { ...heard.at, type: 'tool.completed', subject: toolSubject(heard), data };
}

function toolSubject({ payload, fallbackId }: Heard) {
  const call = textIn(payload, 'toolCallId', 'tool_call_id');
  const request = textIn(payload, 'requestId', 'request_id');
  return { kind: 'tool', id: firstText(call, request, fallbackId) } as const;
}

function toolName({ payload, header }: Heard) {
  const candidates = [textIn(payload, 'toolName', 'tool_name'), textIn(payload, 'tool'), textIn(payload, 'name')];
  const toolName = firstText(...candidates, header.messageType);
  return { name: toolName, toolName };
}

function readPolicyResolved(heard: Heard): Reading {
  const { payload, run } = heard;
  const policyVersion = firstText(textIn(payload, 'policyVersion', 'policyId'), boundPolicy(heard));
  const data = resolvedPolicy(run.modeName, {
    policyId: policyVersion,
    mode: firstText(textIn(payload, 'mode'), run.modeName),
    description: textIn(payload, 'policyDescription', 'description'),
    rules: objectIn(payload, 'rules') ?? {},
    schemaVersion: numberIn(payload, 'schemaVersion') ?? 0,
  });
  const subject = { kind: 'policy', id: policyVersion } as const;
  return { ...NOTHING_MORE, derived: [{ ...heard.at, type: 'policy.resolved', subject, data }] };
}

function readPolicyEvaluated(heard: Heard): Reading {
  const { payload } = heard;
  const commitmentId = firstText(textIn(payload, 'commitmentId'), heard.fallbackId);
  const outcome = payload['outcomePositive'];
  const draft: EventDraft = {
    ...heard.at,
    type: 'policy.commitment.evaluated',
    subject: { kind: 'policy', id: commitmentId },
    data: {
      commitmentId,
      policyVersion: firstText(textIn(payload, 'policyVersion'), boundPolicy(heard)),
      decision: textIn(payload, 'decision').toLowerCase() === 'deny' ? 'deny' : 'allow',
      reasons: textsIn(payload, 'reasons'),
      outcomePositive: typeof outcome === 'boolean' ? outcome : null,
    },
  };
  return { ...NOTHING_MORE, evaluated: [draft] };
}

function readPolicyDenied(heard: Heard): Reading {
  const { payload } = heard;
  const policyVersion = firstText(textIn(payload, 'policyVersion'), boundPolicy(heard));
  const commitmentId = textIn(payload, 'commitmentId');
  const draft: EventDraft = {
    ...heard.at,
    type: 'policy.denied',
    subject: { kind: 'policy', id: policyVersion },
    data: {
      policyVersion,
      messageType: heard.header.messageType,
      messageId: heard.header.messageId,
      ...(commitmentId === '' ? {} : { commitmentId }),
      errorCode: 'POLICY_DENIED',
      errorMessage: firstText(textIn(payload, 'errorMessage', 'message', 'reason'), 'POLICY_DENIED'),
      decision: 'deny',
      reasons: textsIn(payload, 'reasons'),
    },
  };
  return { ...NOTHING_MORE, derived: [draft] };
}

function boundPolicy({ run }: Heard): string {
  return firstText(run.session.policyVersion, DEFAULT_POLICY);
}
