import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Panel } from '../../ui/panel.js';
import { healthLines } from '../../words/readiness.js';

/** Runtime, database, breaker and streams at a glance. */
export function Health() {
  const readiness = useQuery(queries.readiness());
  return (
    <Panel title="Health" aside={<Link to="/system">System</Link>}>
      <Asked query={readiness} what="the health" lines={5}>
        {(data) => (
          <dl className="facts">
            {healthLines(data).map(({ name, tone, word, detail }) => (
              <div key={name} className="now-health">
                <dt>{name}</dt>
                <dd>
                  <Badge tone={tone}>{word}</Badge>
                  {detail !== undefined && <p className="quiet">{detail}</p>}
                </dd>
              </div>
            ))}
          </dl>
        )}
      </Asked>
    </Panel>
  );
}
