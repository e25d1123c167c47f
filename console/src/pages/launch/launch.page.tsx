import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { queries } from '../../api/queries.js';
import type { ExecutionRequest } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { Empty, ErrorNote } from '../../ui/notes.js';
import { PageHead } from '../../ui/page-head.js';
import { Panel } from '../../ui/panel.js';
import { Choice } from '../../ui/select.js';
import { shortId } from '../../words/names.js';
import './launch.css';
import { RequestEditor } from './request-editor.js';
import { templatesIn } from './templates.js';
import { useLaunch, useLaunchAgain } from './use-launch.js';

/** Starts a run: from an example with agents that play along, from a run there was, or from one’s own request. */
export function LaunchPage() {
  const { from } = useSearch({ from: '/launch' });
  return (
    <>
      <PageHead
        title="Launch"
        about="Start a run. In the examples scripted agents play along, so that you can watch a decision form."
      />
      {from === undefined ? <Examples /> : <Again runId={from} />}
    </>
  );
}

function Examples() {
  const query = useQuery(queries.examples());
  const { example: chosenId } = useSearch({ from: '/launch' });
  const navigate = useNavigate({ from: '/launch' });
  const launch = useLaunch();
  const box = useRef<HTMLDivElement>(null);
  const show = (id: string): void =>
    void navigate({ search: { example: id }, replace: true }).then(() => bringIntoSight(box.current?.lastElementChild));
  return (
    <Asked query={query} what="the examples" lines={8}>
      {(examples) => {
        if (examples.length === 0) return <NoExamples />;
        const chosen = examples.find(({ id }) => id === chosenId) ?? examples[0];
        return (
          <div ref={box} className="launch">
            <Panel title="Examples">
              <ul className="examples">
                {examples.map(({ id, title, description, request }) => (
                  <li key={id} className="example" data-chosen={id === chosen?.id || undefined}>
                    <h3>{title}</h3>
                    <p className="quiet">{description}</p>
                    <div className="row">
                      <Button
                        look="primary"
                        aria-label={`Start: ${title}`}
                        isPending={launch.isPending && launch.variables === request}
                        // The API offers complete bodies; it checks them again.
                        onPress={() => launch.mutate(request as ExecutionRequest)}
                      >
                        Start
                      </Button>
                      <Button look="quiet" aria-label={`Show the request: ${title}`} onPress={() => show(id)}>
                        Show the request
                      </Button>
                    </div>
                  </li>
                ))}
              </ul>
              {launch.error && examples.some(({ request }) => request === launch.variables) && (
                <ErrorNote error={launch.error} />
              )}
            </Panel>
            <RequestEditor
              key={chosen?.id}
              initial={chosen ? JSON.stringify(chosen.request, undefined, 2) : ''}
              launch={launch}
            />
          </div>
        );
      }}
    </Asked>
  );
}

/** Where the request stands below the examples; beside them it goes along. */
function bringIntoSight(request: Element | null | undefined): void {
  if (request && request.getBoundingClientRect().top > window.innerHeight / 2) request.scrollIntoView();
}

/** Without a sandbox nobody would play along: requests for agents of one’s own. */
function NoExamples() {
  const launch = useLaunch();
  const query = useQuery(queries.openApi());
  const [chosen, choose] = useState(0);
  return (
    <Asked query={query} what="the API document" lines={8}>
      {(document) => {
        const templates = templatesIn(document);
        return (
          <div className="stack">
            <Empty title="Nobody plays along here">
              <p className="quiet">
                Scripted agents need the sandbox, which is switched off (EMBEDDED_RUNTIME=off). What is launched here
                waits for agents of yours.
              </p>
            </Empty>
            <Choice
              label="Begin with"
              value={String(chosen)}
              options={templates.map(({ name }, index) => [String(index), name])}
              onChange={(index) => choose(Number(index))}
            />
            <RequestEditor key={chosen} initial={templates[chosen]?.text ?? ''} launch={launch} />
          </div>
        );
      }}
    </Asked>
  );
}

function Again({ runId }: { runId: string }) {
  const clone = useLaunchAgain();
  return (
    <Panel title="Launch again">
      <div className="stack">
        <p>
          The request of run{' '}
          <Link to="/runs/$runId" params={{ runId }}>
            {shortId(runId)}
          </Link>{' '}
          is sent once more, as a new run in a new session.
        </p>
        {clone.error && <ErrorNote error={clone.error} />}
        <div className="row">
          <Button look="primary" isPending={clone.isPending} onPress={() => clone.mutate(runId)}>
            Launch again
          </Button>
          <Link to="/launch">Choose an example instead</Link>
        </div>
      </div>
    </Panel>
  );
}
