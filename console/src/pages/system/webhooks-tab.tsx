import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Ago } from '../../ui/time.js';

const STATES = {
  delivering: ['good', 'Delivering'],
  waiting: ['good', 'Up to date'],
  retrying: ['warning', 'Trying again'],
  off: ['neutral', 'Off'],
  not_allowed: ['bad', 'Not allowed by the configuration'],
} as const;

/** Who asked to be told, and how that goes. */
export function WebhooksTab() {
  return (
    <Panel title="Webhooks">
      <Asked query={useQuery(queries.webhooks())} what="the webhooks">
        {(webhooks) =>
          webhooks.length === 0 ? (
            <Empty title="Nobody asked to be told" />
          ) : (
            <ul className="told">
              {webhooks.map(({ id, url, events, deliveryStats, delivery, createdAt }) => (
                <li key={id}>
                  <Badge tone={STATES[delivery.state][0]}>{STATES[delivery.state][1]}</Badge>
                  <code>{url}</code>
                  <span className="quiet">
                    {events.length === 0 ? 'every event' : events.join(', ')} · since <Ago iso={createdAt} /> ·{' '}
                    {deliveryStats.succeeded} delivered, {deliveryStats.failed} passed over
                    {delivery.lastError === undefined ? '' : ` · ${delivery.lastError}`}
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
