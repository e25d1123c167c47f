import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { queries } from '../../api/queries.js';
import type { RunState } from '../../api/types.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { CHANGES_MAX, momentDiff } from './moment-diff.js';

interface Props {
  readonly runId: string;
  /** Of the moment that is shown. */
  readonly state: RunState;
  readonly versus: number;
}

/** What changed between two moments. The other one is fixed; the slider moves this one. */
export function MomentsCompared({ runId, state, versus }: Props) {
  const navigate = useNavigate({ from: '/runs/$runId' });
  const query = useQuery(queries.stateAt(runId, versus));
  const close = (): void => void navigate({ search: ({ versus: _versus, ...rest }) => rest, replace: true });
  const at = state.timeline.latestSeq;
  const [from, to] = at < versus ? [at, versus] : [versus, at];
  return (
    <div className="compared panel">
      <header className="panel-head">
        <h2 className="number">
          From event {from} to event {to}
        </h2>
        <Button look="quiet" aria-label="Stop comparing" onPress={close}>
          <X size={18} aria-hidden="true" />
        </Button>
      </header>
      <Asked query={query} what="the other moment">
        {(other) => <Changes before={at < versus ? state : other.state} after={at < versus ? other.state : state} />}
      </Asked>
    </div>
  );
}

function Changes({ before, after }: { before: RunState; after: RunState }) {
  const changes = momentDiff(before, after);
  if (changes.length === 0) return <p className="quiet">Nothing differs. Move the slider to another moment.</p>;
  const shown = changes.slice(0, CHANGES_MAX);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="What changed">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Earlier</th>
            <th scope="col">Later</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ what, before: old, after: now }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{old}</td>
              <td>{now}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > shown.length && <p className="quiet">and {changes.length - shown.length} more changes</p>}
    </div>
  );
}
