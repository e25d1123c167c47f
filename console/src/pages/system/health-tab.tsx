import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import { queries } from '../../api/queries.js';
import type { Readiness } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { ConfirmDialog } from '../../ui/confirm-dialog.js';
import { Panel } from '../../ui/panel.js';
import { Ago } from '../../ui/time.js';
import { BREAKER, healthLines } from '../../words/readiness.js';

/** Changes of the breaker that are listed. */
const HISTORY_MAX = 10;

/** Every dependency: how it is, and what that means. */
export function HealthTab() {
  const readiness = useQuery(queries.readiness());
  return (
    <div className="grid">
      <Panel title="Control plane">
        <Asked query={readiness} what="the health">
          {(health) => <Parts health={health} />}
        </Asked>
      </Panel>
      <Panel title="Following">
        <Asked query={readiness} what="what is followed">
          {(health) => <Following health={health} />}
        </Asked>
      </Panel>
      <Runtime />
      <Breaker />
    </div>
  );
}

function Parts({ health }: { health: Readiness }) {
  return (
    <ul className="told">
      <li>
        <Badge tone={health.ok ? 'good' : 'bad'}>{health.ok ? 'Ready' : 'Not ready'}</Badge>
        {health.ok ? 'Takes requests and follows runs.' : 'A load balancer should send nothing here.'}
      </li>
      {healthLines(health).map(({ name, tone, word, detail }) => (
        <li key={name}>
          <span>{name}</span> <Badge tone={tone}>{word}</Badge>{' '}
          {detail !== undefined && <span className="quiet">{detail}</span>}
        </li>
      ))}
    </ul>
  );
}

function Following({ health: { streams, discovery, signals } }: { health: Readiness }) {
  return (
    <dl className="facts number">
      <dt>Runs followed</dt>
      <dd>
        {streams.followed.toLocaleString()}
        {streams.reconnecting > 0 && `, ${streams.reconnecting} of them reconnecting`}
      </dd>
      <dt>New sessions</dt>
      <dd>
        {discovery.watching ? 'are noticed as they open' : 'are not watched for'}
        {discovery.waiting > 0 && `; ${discovery.waiting} wait to be recorded`}
        {discovery.refused > 0 && `; ${discovery.refused} could not be recorded`}
        {discovery.problem !== undefined && <p className="stale">{discovery.problem}</p>}
      </dd>
      <dt>Signals</dt>
      <dd>
        {signals.watching ? 'are heard' : 'are not heard'}
        {signals.held > 0 && `; ${signals.held} wait for their run`}
        {signals.dropped > 0 && `; ${signals.dropped} were dropped`}
      </dd>
    </dl>
  );
}

function Runtime() {
  const health = useQuery(queries.runtimeHealth());
  const manifest = useQuery(queries.manifest());
  return (
    <Panel title="Runtime">
      <Asked query={health} what="the runtime’s health">
        {({ ok, runtimeKind, detail }) => (
          <p className="row">
            <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'Reachable' : 'Away'}</Badge>
            <code>{runtimeKind}</code> {detail}
          </p>
        )}
      </Asked>
      <Asked query={manifest} what="what the runtime says of itself">
        {({ title, description, agentId, supportedModes }) => (
          <dl className="facts">
            <dt>Name</dt>
            <dd>{title || agentId}</dd>
            <dt>About</dt>
            <dd>{description || 'It says nothing.'}</dd>
            <dt>Modes</dt>
            <dd>{supportedModes.join(', ')}</dd>
          </dl>
        )}
      </Asked>
    </Panel>
  );
}

function Breaker() {
  const query = useQuery(queries.circuit());
  const client = useQueryClient();
  const [asked, ask] = useState(false);
  const reset = useMutation({
    mutationFn: () => answerOf(api.POST('/admin/circuit-breaker/reset', { params: {} })),
    onSuccess: () => {
      ask(false);
      void client.invalidateQueries({ queryKey: ['circuit'] });
    },
  });
  return (
    <Panel title="Circuit breaker" aside={<Button onPress={() => ask(true)}>Close it now …</Button>}>
      <Asked query={query} what="the breaker">
        {({ state, history }) => (
          <>
            <p className="row">
              <Badge tone={BREAKER[state].tone}>{BREAKER[state].word}</Badge> {BREAKER[state].detail}
            </p>
            <ol className="told">
              {history
                .toReversed()
                .slice(0, HISTORY_MAX)
                .map(({ state: was, enteredAt, reason }) => (
                  <li key={`${enteredAt} ${was}`}>
                    <Ago iso={enteredAt} /> {BREAKER[was].word}: {reason}
                  </li>
                ))}
            </ol>
          </>
        )}
      </Asked>
      {asked && (
        <ConfirmDialog
          title="Close the circuit breaker?"
          confirm="Close it"
          pending={reset.isPending}
          error={reset.error}
          onConfirm={() => reset.mutate()}
          onClose={() => {
            reset.reset();
            ask(false);
          }}
        >
          Requests go to the runtime again at once. If it still fails, the breaker opens again.
        </ConfirmDialog>
      )}
    </Panel>
  );
}
