import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Clock } from '../../ui/time.js';
import { shortId } from '../../words/names.js';

const PAGE = 50;

/** Who changed what, newest first. */
export function AuditTab() {
  const { page = 0 } = useSearch({ from: '/system' });
  const navigate = useNavigate({ from: '/system' });
  const go = (next: number): void => void navigate({ search: (before) => ({ ...before, page: next }) });
  return (
    <Panel title="Audit">
      <Asked query={useQuery(queries.audit(page * PAGE, PAGE))} what="the audit" lines={6}>
        {({ data, total, totalIsExact }) =>
          data.length === 0 ? (
            <Empty title={page === 0 ? 'Nobody has changed anything yet' : 'There is nothing further back'} />
          ) : (
            <>
              <Entries entries={data} />
              <div className="row">
                <Button isDisabled={page === 0} onPress={() => go(page - 1)}>
                  Newer
                </Button>
                <Button isDisabled={totalIsExact && (page + 1) * PAGE >= total} onPress={() => go(page + 1)}>
                  Older
                </Button>
                <span className="quiet number">
                  {page * PAGE + 1} to {page * PAGE + data.length} of {totalIsExact ? '' : 'more than '}
                  {total.toLocaleString()}
                </span>
              </div>
            </>
          )
        }
      </Asked>
    </Panel>
  );
}

interface Entry {
  readonly id: string;
  readonly actor: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceId?: string;
  readonly createdAt: string;
}

function Entries({ entries }: { entries: readonly Entry[] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Audit entries, newest first">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col">To</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ id, actor, action, resource, resourceId, createdAt }) => (
            <tr key={id}>
              <td>
                <Clock iso={createdAt} />
              </td>
              <td>{actor}</td>
              <td>
                <code>{action}</code>
              </td>
              <td>
                {resource}{' '}
                {resource === 'run' && resourceId !== undefined ? (
                  <Link to="/runs/$runId" params={{ runId: resourceId }}>
                    {shortId(resourceId)}
                  </Link>
                ) : (
                  resourceId
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
