import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Asked } from '../../ui/asked.js';
import { Badge } from '../../ui/badge.js';
import { Empty } from '../../ui/notes.js';
import { Panel } from '../../ui/panel.js';

/** How agents can come to a decision at this runtime. */
export function ModesTab() {
  return (
    <Asked query={useQuery(queries.modes())} what="the modes" lines={6}>
      {(modes) =>
        modes.length === 0 ? (
          <Empty title="The runtime offers no mode" />
        ) : (
          <div className="grid">
            {modes.map((mode) => (
              <Panel
                key={mode.mode}
                title={mode.title || mode.mode}
                aside={mode.extension && <Badge tone="neutral">Extension</Badge>}
              >
                <p>{mode.description}</p>
                <dl className="facts">
                  <dt>Name</dt>
                  <dd>
                    <code>{mode.mode}</code> {mode.modeVersion}
                  </dd>
                  <dt>Messages</dt>
                  <dd>{mode.messageTypes.join(', ')}</dd>
                  <dt>Ends with</dt>
                  <dd>{mode.terminalMessageTypes.join(', ') || 'not told'}</dd>
                  <dt>Participants</dt>
                  <dd>{mode.participantModel || 'not told'}</dd>
                </dl>
              </Panel>
            ))}
          </div>
        )
      }
    </Asked>
  );
}
