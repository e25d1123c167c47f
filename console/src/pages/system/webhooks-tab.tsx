import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Ago } from '../../ui/time.js';

/** Who asked to be told. Nothing is sent yet, and the page says so. */
export function WebhooksTab() {
  return (
    <Panel title="Webhooks">
      <p className="quiet">They are registered here; deliveries are not sent yet.</p>
      <Asked query={useQuery(queries.webhooks())} what="the webhooks">
        {(webhooks) =>
          webhooks.length === 0 ? (
            <Empty title="Nobody asked to be told" />
          ) : (
            <ul className="told">
              {webhooks.map(({ id, url, events, active, createdAt }) => (
                <li key={id}>
                  <Badge tone={active ? 'good' : 'neutral'}>{active ? 'Active' : 'Off'}</Badge>
                  <code>{url}</code>
                  <span className="quiet">
                    {events.length === 0 ? 'every event' : events.join(', ')} · since <Ago iso={createdAt} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </Panel>
  );
}
