import { PARTICIPANT_STATUS } from '../../../words/status.js';
import { initials } from '../../../words/names.js';
import { EventLink } from '../event-link.js';
import type { Chip } from './chips.js';
import type { Crowd, Person, Scene } from './scene.js';

interface PeopleProps {
  readonly runId: string;
  readonly scene: Scene;
  readonly rowHeights: readonly number[];
}

export function People({ runId, scene, rowHeights }: PeopleProps) {
  const { people, crowd, latestSeq, cards } = scene;
  const namesItem = cards.length > 1;
  return (
    <ul className="picture-people" aria-label="Participants">
      {people.map((person, place) => (
        <li key={person.id} className="picture-row" style={{ height: rowHeights[place] }}>
          <PersonFigure runId={runId} person={person} latestSeq={latestSeq} />
          <Chips
            runId={runId}
            who={person.name}
            chips={person.chips}
            more={person.more}
            {...{ latestSeq, namesItem }}
          />
        </li>
      ))}
      {crowd && (
        <li className="picture-row" style={{ height: rowHeights[people.length] }}>
          <CrowdFigure crowd={crowd} />
          <Chips runId={runId} who="Of the others" chips={crowd.chips} more={0} {...{ latestSeq, namesItem }} />
        </li>
      )}
    </ul>
  );
}

function PersonFigure({ runId, person, latestSeq }: { runId: string; person: Person; latestSeq: number }) {
  const { word, tone } = PARTICIPANT_STATUS[person.status];
  const { name, role, seq, progress } = person;
  const status = progress === undefined ? word : `${word}, ${Math.round(progress)} %`;
  return (
    <EventLink runId={runId} seq={seq} className="picture-person">
      <span className="picture-face" data-tone={tone} data-latest={seq === latestSeq || undefined} aria-hidden="true">
        {initials(person.id)}
      </span>
      <span className="picture-who">
        <span className="picture-name" title={name}>
          {name}
        </span>
        {role !== undefined && (
          <span className="picture-role" title={role}>
            {role}
          </span>
        )}
        <span className="picture-status" data-tone={tone}>
          {status}
        </span>
      </span>
    </EventLink>
  );
}

function CrowdFigure({ crowd }: { crowd: Crowd }) {
  return (
    <span className="picture-person">
      <span className="picture-face picture-crowd" aria-hidden="true">
        +
      </span>
      <span className="picture-who">
        <span className="picture-name">{crowd.count.toLocaleString('en')} others</span>
        <span className="picture-role">{crowd.words}</span>
      </span>
    </span>
  );
}

interface ChipsProps {
  readonly runId: string;
  readonly who: string;
  readonly chips: readonly Chip[];
  readonly more: number;
  readonly latestSeq: number;
  /** There are several things on the table, so the words alone do not say which one is meant. */
  readonly namesItem: boolean;
}

function Chips({ runId, who, chips, more, latestSeq, namesItem }: ChipsProps) {
  if (chips.length === 0) return <span className="picture-chips" />;
  return (
    <ul className="picture-chips" aria-label={`What ${who} did`}>
      {chips.map((chip, place) => (
        <li key={chip.seq ?? place}>
          <EventLink
            runId={runId}
            seq={chip.seq}
            className="picture-chip"
            title={chip.about === undefined ? chip.words : `${chip.words} – ${chip.about}`}
          >
            <span
              className="picture-deed"
              data-tone={chip.tone}
              data-weighty={chip.isWeighty || undefined}
              data-latest={(chip.seq !== undefined && chip.seq === latestSeq) || undefined}
            >
              <span aria-hidden="true">{MARKS[chip.tone]}</span>
              <span className="visually-hidden">{who} </span>
              <span className="picture-deed-words">{chip.words}</span>
              {namesItem && chip.about !== undefined && <span className="picture-about"> {chip.about}</span>}
            </span>
          </EventLink>
        </li>
      ))}
      {more > 0 && <li className="picture-more">and {more} more</li>}
    </ul>
  );
}

/** Colour is never all there is. */
const MARKS = { neutral: '○', active: '▸', waiting: '◐', good: '✓', bad: '✕', warning: '!' } as const;
