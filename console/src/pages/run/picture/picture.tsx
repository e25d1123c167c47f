import { useMemo } from 'react';
import type { RunState } from '../../../api/types.js';
import { Panel } from '../../../ui/panel.js';
import { EventLink } from '../event-link.js';
import { Cards } from './cards.js';
import { layoutOf, type Layout } from './layout.js';
import { OutcomeLine, SaidLines, TalkLines } from './lines.js';
import { People } from './people.js';
import { sceneOf, type Scene } from './scene.js';
import { sentencesOf } from './sentences.js';
import { VerdictCard } from './verdict-card.js';
// What stands one below the other in a narrow page overrides what is in the cards’ file.
import './cards.css';
import './picture.css';

interface PictureProps {
  readonly runId: string;
  readonly state: RunState;
}

/** Who is there, what is proposed, who said what about it, and what comes out. Everything in it leads to its event. */
export function Picture({ runId, state }: PictureProps) {
  const scene = useMemo(() => sceneOf(state), [state]);
  const layout = useMemo(() => layoutOf(scene), [scene]);
  return (
    <Panel title="What happens" className="picture">
      {scene.question !== undefined && <p className="picture-question">{scene.question}</p>}
      <Drawing runId={runId} scene={scene} layout={layout} />
      <InWords runId={runId} state={state} />
    </Panel>
  );
}

function Drawing({ runId, scene, layout }: { runId: string; scene: Scene; layout: Layout }) {
  if (scene.people.length === 0) {
    return (
      <p className="quiet picture-empty">Nobody is there so far. The picture draws itself once the session is open.</p>
    );
  }
  const { latestSeq } = scene;
  return (
    <div className="picture-stage" role="group" aria-label="Who said what about what">
      <TalkLines talks={layout.talks} height={layout.height} latestSeq={latestSeq} />
      <People runId={runId} scene={scene} rowHeights={layout.rowHeights} />
      <SaidLines lines={layout.lines} height={layout.height} latestSeq={latestSeq} />
      <Cards runId={runId} scene={scene} />
      <OutcomeLine outcome={layout.outcome} verdict={scene.verdict} height={layout.height} />
      <VerdictCard runId={runId} verdict={scene.verdict} isLatest={scene.verdict.seq === latestSeq} />
    </div>
  );
}

/** The picture for those who do not see it, and for everybody who would rather read. */
function InWords({ runId, state }: PictureProps) {
  const sentences = sentencesOf(state);
  return (
    <details className="picture-words">
      <summary>The same in words</summary>
      <ol>
        {sentences.map(({ words, seq }, place) => (
          <li key={`${seq} ${place}`}>
            <EventLink runId={runId} seq={seq}>
              {words}
            </EventLink>
          </li>
        ))}
      </ol>
    </details>
  );
}
