import type { EventDraft } from '../../contracts/events.js';
import type { JsonValue } from '../../contracts/json.js';
import { knownSeverity } from './decision.js';
import type { Heard } from './heard.js';
import { NOTHING_MORE, type Reading } from './reading.js';
import { firstText, isBlank, isObject, numberIn, optional, textIn } from './text.js';

/** By this signal an agent tells who it is, in the fields below. */
const INTRODUCTION = 'session.started';
const CARD_FIELDS = ['role', 'framework', 'agentRef'] as const;

/** A Signal. What it carries in `data` is its own affair, except a severity of the known four. */
export function readSignal(heard: Heard): Reading {
  const { payload } = heard;
  const signalType = textIn(payload, 'signalType');
  const confidence = numberIn(payload, 'confidence') ?? 0;
  const draft: EventDraft = {
    ...heard.at,
    type: 'signal.emitted',
    subject: { kind: 'signal', id: heard.fallbackId },
    data: {
      ...heard.header,
      name: signalType,
      signalType,
      ...optional('data', signalType === INTRODUCTION ? introduction(heard) : payload['data']),
      ...(confidence === 0 ? {} : { confidence }),
      ...optional('severity', severityIn(heard)),
      correlationSessionId: textIn(payload, 'correlationSessionId'),
      member: heard.member || !heard.ambient,
    },
  };
  return { ...NOTHING_MORE, derived: [draft] };
}

/** No runtime sends an acknowledgement today; agents of dynamic modes may. */
export function readSignalAck(heard: Heard): Reading {
  const signalId = firstText(textIn(heard.payload, 'signalId', 'signal_id'), heard.fallbackId);
  const draft: EventDraft = {
    ...heard.at,
    type: 'signal.acknowledged',
    subject: { kind: 'signal', id: signalId },
    data: { ...heard.header, signalId },
  };
  return { ...NOTHING_MORE, derived: [draft] };
}

/** What the payload shows, and who the agent is also where it is too long to be shown: lists of tools are long. */
function introduction({ payload, signalData }: Heard): JsonValue | undefined {
  const shown = payload['data'];
  if (!isObject(shown) || !isObject(signalData) || shown === signalData) return shown;
  const card = CARD_FIELDS.map((field) => [field, textIn(signalData, field)] as const);
  return { ...shown, ...Object.fromEntries(card.filter(([, text]) => !isBlank(text))) };
}

function severityIn({ signalData }: Heard): string | undefined {
  return isObject(signalData) ? knownSeverity(textIn(signalData, 'severity')) : undefined;
}
