import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useRef, useState, type RefObject } from 'react';
import { apiBase } from '../../api/client.js';
import { currentBearer } from '../../api/credential.js';
import { queries } from '../../api/queries.js';
import type { ExecutionRequest } from '../../api/types.js';
import { Badge } from '../../ui/badge.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/json-view.js';
import { ErrorNote } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { useSettled } from '../../ui/use-settled.js';
import { checkRequest, schemaValidator, type Checked, type Problem } from './check-request.js';
import { curlOf } from './curl.js';
import { draftOf, keepDraft } from './drafts.js';
import type { useLaunch } from './use-launch.js';

/** Once nobody has typed for this long, the control plane itself is asked. Milliseconds. */
const TYPING_MS = 500;

/** A request as JSON, checked while it is written: by the schema at once, by the control plane when the writer pauses. */
export function RequestEditor({ initial, launch }: { initial: string; launch: ReturnType<typeof useLaunch> }) {
  const [text, setText] = useState(() => draftOf(initial));
  const type = (next: string): void => {
    keepDraft(initial, next);
    setText(next);
  };
  const area = useRef<HTMLTextAreaElement>(null);
  const checked = useChecked(text);
  const settled = useSettled(checked?.request, TYPING_MS);
  const verdict = useQuery(queries.verdict(settled));
  return (
    <Panel
      title="Request"
      aside={
        <Button look="quiet" isDisabled={text === initial} onPress={() => type(initial)}>
          Undo all changes
        </Button>
      }
    >
      <div className="stack">
        <label className="field">
          <span>Body of POST /runs</span>
          <textarea
            ref={area}
            className="editor code"
            value={text}
            onChange={(event) => type(event.target.value)}
            spellCheck={false}
            rows={24}
            aria-invalid={(checked?.problems.length ?? 0) > 0}
            aria-describedby="request-verdict"
          />
        </label>
        <div id="request-verdict" role="status" className="stack-small">
          <Problems checked={checked} area={area} />
          {checked?.request && <Verdict verdict={settled === checked.request ? verdict : UNKNOWN} />}
        </div>
        {/* An example that was started, or a text that has changed since, was refused elsewhere. */}
        {launch.error && launch.variables === checked?.request && <ErrorNote error={launch.error} />}
        <div className="row">
          <Button
            look="primary"
            isDisabled={!checked?.request}
            isPending={launch.isPending}
            onPress={() => checked?.request && launch.mutate(checked.request)}
          >
            Launch this request
          </Button>
        </div>
        <Curl request={checked?.request} />
      </div>
    </Panel>
  );
}

function useChecked(text: string): Checked | undefined {
  const { data: document } = useQuery(queries.openApi());
  const validator = useMemo(() => document && schemaValidator(document), [document]);
  const settled = useDeferredValue(text);
  return useMemo(() => validator && checkRequest(settled, validator), [settled, validator]);
}

function Problems({ checked, area }: { checked: Checked | undefined; area: RefObject<HTMLTextAreaElement | null> }) {
  if (!checked) return <p className="quiet">The schema is being loaded.</p>;
  const show = ({ offset, length }: Problem): void => {
    area.current?.focus();
    area.current?.setSelectionRange(offset, offset + Math.max(1, length));
  };
  return (
    <ul className="stack-small">
      {checked.problems.map((problem) => (
        <li key={`${problem.path} ${problem.message} ${problem.offset}`}>
          <Button look="quiet" onPress={() => show(problem)}>
            <Badge tone="bad">{problem.path === '' ? 'Request' : problem.path}</Badge> {problem.message}
          </Button>
        </li>
      ))}
    </ul>
  );
}

interface Answered {
  readonly data: Verdict | undefined;
  readonly error: Error | null;
}

/** Of a text that is still being written. */
const UNKNOWN: Answered = { data: undefined, error: null };

function Verdict({ verdict: { data, error } }: { verdict: Answered }) {
  if (error) return <p className="stale">{error.message}</p>;
  if (!data) return <p className="quiet">Fits the schema. Asking the control plane …</p>;
  return (
    <>
      <p className="row">
        <Badge tone={data.valid ? 'good' : 'bad'}>{data.valid ? 'Can be launched' : 'Would be refused'}</Badge>
        {!data.runtime.reachable && <Badge tone="warning">The runtime does not answer now</Badge>}
      </p>
      {[...data.errors, ...data.warnings].map((line) => (
        <p key={line}>{line}</p>
      ))}
    </>
  );
}

interface Verdict {
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly runtime: { readonly reachable: boolean };
}

function Curl({ request }: { request: ExecutionRequest | undefined }) {
  if (!request) return null;
  const command = curlOf(`${apiBase}runs`, JSON.stringify(request), currentBearer() !== undefined);
  return (
    <details>
      <summary>The same with curl</summary>
      <div className="json">
        <CopyButton text={command} what="curl command" />
        <pre tabIndex={0} role="region" aria-label="curl command">
          {command}
        </pre>
      </div>
    </details>
  );
}
