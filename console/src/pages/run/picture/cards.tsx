import { Badge } from '../../../ui/badge.js';
import { EventLink } from '../event-link.js';
import { CARD, NOTE } from './layout.js';
import type { Card, Scene } from './scene.js';

export function Cards({ runId, scene }: { runId: string; scene: Scene }) {
  const { cards, moreCards, latestSeq } = scene;
  return (
    <ul className="picture-cards" aria-label="On the table">
      {cards.map((card) => (
        <li key={card.id} style={{ height: CARD }}>
          <CardFigure runId={runId} card={card} isLatest={card.seq === latestSeq} />
        </li>
      ))}
      {moreCards > 0 && (
        <li className="picture-note" style={{ height: NOTE }}>
          and {moreCards.toLocaleString('en')} more, less spoken of
        </li>
      )}
      {cards.length === 0 && (
        <li className="picture-note" style={{ height: NOTE }}>
          Nothing on the table so far
        </li>
      )}
    </ul>
  );
}

const STANDINGS = {
  open: '',
  leading: 'ahead',
  chosen: 'chosen',
  refused: 'turned down',
  withdrawn: 'withdrawn',
} as const;

function CardFigure({ runId, card, isLatest }: { runId: string; card: Card; isLatest: boolean }) {
  const { title, by, seq, standing, counts } = card;
  const standingWord = STANDINGS[standing];
  return (
    <EventLink runId={runId} seq={seq} className="picture-card-link">
      <span className="picture-card" data-standing={standing} data-latest={isLatest || undefined}>
        <span className="picture-title" title={title}>
          {title}
        </span>
        <span className="picture-by">
          {[standingWord, by === '' ? '' : `by ${by}`].filter((part) => part !== '').join(' · ')}
        </span>
        <span className="picture-counts">
          {counts.for > 0 && <Badge tone="good">{counts.for.toLocaleString('en')} for</Badge>}
          {counts.against > 0 && <Badge tone="bad">{counts.against.toLocaleString('en')} against</Badge>}
          {counts.neither > 0 && <Badge tone="neutral">{counts.neither.toLocaleString('en')} abstain</Badge>}
        </span>
      </span>
    </EventLink>
  );
}
