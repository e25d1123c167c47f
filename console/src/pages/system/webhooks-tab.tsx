import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';
import { Ago } from '../../ui/time.js';
import { WEBHOOK_STATES } from '../../words/webhook.js';

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
                  <Badge tone={WEBHOOK_STATES[delivery.state][0]}>{WEBHOOK_STATES[delivery.state][1]}</Badge>
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
