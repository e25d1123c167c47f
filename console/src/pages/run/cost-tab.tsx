import { Link } from '@tanstack/react-router';
import type { RunState } from '../../api/types.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { shortName } from '../../words/names.js';
import { costWords } from '../../words/number.js';
import { spanWords } from '../../words/time.js';
import { costByAgent } from './cost.js';

/** What the models used, by agent and by call. */
export function CostTab({ state: { llm } }: { state: RunState }) {
  const { calls, totals } = llm;
  if (totals.callCount === 0) {
    return (
      <Empty title="No model call was reported">
        <p className="quiet">Agents report calls by signals named llm.call.completed.</p>
      </Empty>
    );
  }
  const isPart = calls.length < totals.callCount;
  return (
    <div className="stack">
      <Panel title="By agent" aside={<Totals totals={totals} />}>
        {isPart && (
          <p className="stale">
            Only the last {calls.length} calls are listed and summed by agent; the totals count all.
          </p>
        )}
        <ByAgent calls={calls} />
      </Panel>
      <Panel title="Calls">
        <Calls calls={calls} />
      </Panel>
    </div>
  );
}

function Totals({ totals }: { totals: RunState['llm']['totals'] }) {
  return (
    <span className="quiet number">
      {totals.callCount.toLocaleString()} calls · {totals.totalTokens.toLocaleString()} tokens ·{' '}
      {costWords(totals.estimatedCostUsd)}
    </span>
  );
}

function ByAgent({ calls }: { calls: RunState['llm']['calls'] }) {
  const rows = costByAgent(calls);
  const most = Math.max(1, ...rows.map(({ promptTokens, completionTokens }) => promptTokens + completionTokens));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Tokens and cost by agent">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Calls</th>
            <th scope="col">Prompt</th>
            <th scope="col">Completion</th>
            <th scope="col">Cost</th>
            <th scope="col">Share of tokens</th>
          </tr>
        </thead>
        <tbody className="number">
          {rows.map(({ participantId, calls: count, promptTokens, completionTokens, usd }) => (
            <tr key={participantId}>
              <th scope="row">{shortName(participantId)}</th>
              <td>{count}</td>
              <td>{promptTokens.toLocaleString()}</td>
              <td>{completionTokens.toLocaleString()}</td>
              <td>{usd === undefined ? 'not told' : costWords(usd)}</td>
              <td>
                <span className="bar" aria-hidden="true">
                  <span style={{ width: `${(100 * (promptTokens + completionTokens)) / most}%` }} />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Calls({ calls }: { calls: RunState['llm']['calls'] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Model calls, newest first">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Event</th>
            <th scope="col">Time</th>
            <th scope="col">Agent</th>
            <th scope="col">Model</th>
            <th scope="col">Tokens</th>
            <th scope="col">Took</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody className="number">
          {calls
            .toReversed()
            .map(({ seq, ts, participantId, provider, model, totalTokens, latencyMs, estimatedCostUsd }) => (
              <tr key={seq}>
                <td>
                  <Link from="/runs/$runId" to="/runs/$runId" search={(before) => ({ ...before, event: seq })} replace>
                    {seq}
                  </Link>
                </td>
                <td>
                  <Clock iso={ts} />
                </td>
                <td>{shortName(participantId)}</td>
                <td>{[provider, model].filter((word) => word !== undefined).join(' · ') || 'not told'}</td>
                <td>{totalTokens.toLocaleString()}</td>
                <td>{latencyMs === undefined ? 'not told' : spanWords(latencyMs)}</td>
                <td>{estimatedCostUsd === undefined ? 'not told' : costWords(estimatedCostUsd)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
