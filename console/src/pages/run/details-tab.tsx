import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import type { RunState } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { CopyButton, JsonView } from '../../ui/json-view.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { shortName } from '../../words/names.js';

/** Everything an engineer looks up: ids, versions, what we sent, artifacts, the raw state. */
export function DetailsTab({ runId, state }: { runId: string; state: RunState }) {
  return (
    <div className="grid">
      <Identity state={state} />
      <Sent runId={runId} state={state} />
      <Record runId={runId} />
      <Artifacts runId={runId} state={state} />
      <Panel title="State as the API has it">
        <JsonView value={state} label="State of the run" />
      </Panel>
    </div>
  );
}

function Identity({ state: { run, trace } }: { state: RunState }) {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Run', run.runId],
    ['Session', run.runtimeSessionId],
    ['Session state', run.sessionState],
    ['Mode', `${run.modeName} ${run.modeVersion ?? ''}`],
    ['Configuration', run.configurationVersion],
    ['Policy', run.policyVersion],
    ['Runtime', run.runtimeKind],
    ['Initiator', run.initiator],
    ['Context', run.contextId],
    ['Trace', trace.traceId],
    ['Error', run.error && `${run.error.code}: ${run.error.message}`],
  ];
  return (
    <Panel title="Identity">
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name} className="fact">
              <dt>{name}</dt>
              <dd>
                <code>{value}</code> <CopyButton text={value} what={name} />
              </dd>
            </div>
          ),
        )}
      </dl>
    </Panel>
  );
}

/** A page that is as large as this may have been ended for it: UTF-16 units of its JSON, and rows. */
const LARGE_PAGE_UNITS = 4_000_000;
const LARGE_PAGE_ROWS = 5_000;

const SENT_TONES = { queued: 'waiting', accepted: 'good', rejected: 'bad', unknown: 'warning' } as const;

/** What the control plane itself said in the session, and whether the runtime took it. */
function Sent({ runId, state: { outboundMessages } }: { runId: string; state: RunState }) {
  const query = useQuery(queries.outbox(runId, outboundMessages.total));
  return (
    <Panel title="Sent by the control plane">
      <Asked query={query} what="what was sent">
        {(messages) =>
          messages.length === 0 ? (
            <Empty title="Nothing: agents speak for themselves" />
          ) : (
            <>
              {isLargePage(messages) && <OnlyAPage of="messages" />}
              <ul className="told">
                {messages.map(({ messageId, messageType, from, status, errorMessage, createdAt }) => (
                  <li key={messageId}>
                    <Clock iso={createdAt} /> {messageType} as {shortName(from)}
                    <Badge tone={SENT_TONES[status]}>{status}</Badge>
                    {errorMessage !== undefined && <span>{errorMessage}</span>}
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Asked>
    </Panel>
  );
}

function isLargePage(page: readonly unknown[]): boolean {
  return page.length >= LARGE_PAGE_ROWS || JSON.stringify(page).length >= LARGE_PAGE_UNITS;
}

/** The API ends a page that grows large. */
function OnlyAPage({ of }: { of: 'messages' | 'artifacts' }) {
  return (
    <p className="quiet">
      There may be more of them: <code>GET /runs/:id/{of}?after=…</code> has what follows.
    </p>
  );
}

function Record({ runId }: { runId: string }) {
  return (
    <Panel title="Run record">
      <Asked query={useQuery(queries.run(runId))} what="the record">
        {(run) => <JsonView value={run} label="Record as JSON" />}
      </Asked>
    </Panel>
  );
}

function Artifacts({ runId, state: { trace } }: { runId: string; state: RunState }) {
  const query = useQuery(queries.artifacts(runId, trace.linkedArtifacts.at(-1)));
  return (
    <Panel title="Artifacts">
      <Asked query={query} what="the artifacts">
        {(artifacts) =>
          artifacts.length === 0 ? (
            <Empty title="No artifacts" />
          ) : (
            <>
              {isLargePage(artifacts) && <OnlyAPage of="artifacts" />}
              <JsonView value={artifacts} label="Artifacts as JSON" />
            </>
          )
        }
      </Asked>
    </Panel>
  );
}
