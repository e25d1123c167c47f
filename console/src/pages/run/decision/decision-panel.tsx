import type { RunState } from '../../../api/types.js';
import { Badge } from '../../../ui/badge.js';
import { Panel } from '../../../ui/panel.js';
import { Clock } from '../../../ui/time.js';
import { headlineOf, headlineWords } from '../../../words/decision.js';
import { shortId, shortName } from '../../../words/names.js';
import { governanceSentences } from '../../../words/policy.js';
import { isTerminal, outcomeWord } from '../../../words/status.js';
import { tableOf } from '../../../words/table.js';
import { EventLink } from '../event-link.js';
import { TallyFigure } from './tally-figure.js';
import { jointBar, tallyBars } from './tally.js';
import { VoicesTable } from './voices-table.js';
import { ENTRIES_MAX, voicesOf } from './voices.js';
import './decision.css';

interface Shown {
  readonly runId: string;
  readonly state: RunState;
}

/** Bars drawn; the run’s other proposals have their figures in the picture. */
const BARS_MAX = 4;

/** What was decided, or is about to be, and why: who said what, what was needed, and who may say the last word. */
export function DecisionPanel({ runId, state }: Shown) {
  const headline = headlineOf(state);
  const items = tableOf(state);
  const titles = new Map(items.map(({ id, title }) => [id, title]));
  const joint = jointBar(state);
  const bars = tallyBars(state);
  return (
    <Panel title="The decision" aside={<OutcomeBadge state={state} />} className="decision">
      <div className="stack">
        <p className="decision-headline" data-tone={headline.tone}>
          <EventLink runId={runId} seq={state.decision.current?.seq}>
            {headlineWords(headline)}
          </EventLink>
        </p>
        <Reasons state={state} />
        {joint && <TallyFigure bar={joint} title="The votes on all proposals together" />}
        {bars.slice(0, BARS_MAX).map((bar) => (
          <TallyFigure key={bar.id} bar={bar} title={titles.size > 1 ? (titles.get(bar.id) ?? bar.id) : undefined} />
        ))}
        {bars.length > BARS_MAX && <p className="quiet">and {bars.length - BARS_MAX} more, further behind</p>}
        <VoicesTable runId={runId} voices={voicesOf(state)} titles={titles} />
        {(state.decision.current?.proposals.length ?? 0) >= ENTRIES_MAX && (
          <p className="quiet">Of what was said, only the newest {ENTRIES_MAX} messages are listed.</p>
        )}
        <Rules state={state} />
        <Verdicts runId={runId} state={state} />
        <Facts runId={runId} state={state} />
      </div>
    </Panel>
  );
}

function OutcomeBadge({ state }: { state: RunState }) {
  const { current } = state.decision;
  const { status } = state.run;
  if (current?.finalized !== true && status !== 'completed') {
    return <Badge tone="neutral">{isTerminal(status) ? 'No decision' : 'Still open'}</Badge>;
  }
  if (current?.outcomePositive === true) return <Badge tone="good">Positive</Badge>;
  if (current?.outcomePositive === false) return <Badge tone="bad">Negative</Badge>;
  const { word, tone } = outcomeWord(null);
  return <Badge tone={tone}>{word}</Badge>;
}

/** The reason that was committed with the decision. */
function Reasons({ state }: { state: RunState }) {
  const { current } = state.decision;
  if (current?.finalized !== true || current.reasons.length === 0) return null;
  return <p>{current.reasons.join(' ')}</p>;
}

function Rules({ state }: { state: RunState }) {
  const sentences = governanceSentences(state);
  const { policy, run } = state;
  if (sentences.length === 0 && policy.policyVersion === '') return null;
  const isInitiators = policy.governance?.authority === 'initiator_only';
  const initiator = run.initiator !== undefined && isInitiators ? ` That is ${shortName(run.initiator)}.` : '';
  return (
    <section>
      <h3>The rules</h3>
      <ul className="decision-rules">
        {sentences.map((sentence, place) => (
          <li key={sentence}>
            {sentence}
            {place === 0 && initiator}
          </li>
        ))}
      </ul>
      <p className="quiet decision-policy">
        Policy <code>{policy.policyVersion}</code>
        {policy.policyDescription !== undefined && ` – ${policy.policyDescription}`}
      </p>
    </section>
  );
}

/** What the policy said to each commitment that was tried; a plain allowance needs no words. */
function Verdicts({ runId, state }: Shown) {
  const { commitmentEvaluations } = state.policy;
  if (!commitmentEvaluations.some(({ decision, reasons }) => decision === 'deny' || reasons.length > 0)) return null;
  return (
    <section>
      <h3>What the policy said</h3>
      <ul className="decision-verdicts">
        {commitmentEvaluations.map(({ commitmentId, decision, reasons, ts, seq }) => (
          <li key={seq}>
            <Badge tone={decision === 'deny' ? 'bad' : 'good'}>{decision === 'deny' ? 'Denied' : 'Allowed'}</Badge>{' '}
            <EventLink runId={runId} seq={seq}>
              commitment {shortId(commitmentId)}
            </EventLink>
            {reasons.length > 0 && `: ${reasons.join('; ')}`} <Clock iso={ts} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ runId, state }: Shown) {
  const { current } = state.decision;
  if (current?.finalized !== true) return null;
  return (
    <dl className="facts">
      <dt>Committed by</dt>
      <dd>
        <EventLink runId={runId} seq={current.seq}>
          {shortName(current.resolvedBy ?? '') || 'somebody'}
        </EventLink>
        {current.resolvedAt !== undefined && (
          <>
            {', '}
            <Clock iso={current.resolvedAt} />
          </>
        )}
      </dd>
      <dt>Committed action</dt>
      <dd>
        <code>{current.action}</code>
      </dd>
      {current.supersedes !== undefined && (
        <>
          <dt>Replaces</dt>
          <dd>
            the decision of session <code>{current.supersedes.sessionId}</code> (
            <code>{shortId(current.supersedes.commitmentHash)}</code>)
          </dd>
        </>
      )}
    </dl>
  );
}
