import { Link } from '@tanstack/react-router';
import type { RunEvent } from '../../api/types.js';
import { EventLine } from '../../ui/event-line.js';
import { VirtualList } from '../../ui/virtual-list.js';
import { eventTone } from '../../words/events.js';
import type { EventRows } from './use-event-rows.js';

interface Props {
  readonly rows: EventRows;
  readonly selected: number | undefined;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onVisible: (first: number, last: number) => void;
}

/** The log, oldest first. */
export function EventList({ rows, selected, ...following }: Props) {
  return (
    <VirtualList
      label="Events of the run, oldest first"
      count={rows.count}
      jumpTo={selected === undefined ? undefined : rows.indexOf(selected)}
      row={(index) => <Row event={rows.at(index)} index={index} selected={selected} />}
      {...following}
    />
  );
}

function Row({ event, index, selected }: { event: RunEvent | undefined; index: number; selected: number | undefined }) {
  if (!event) return <span className="event-line quiet">…</span>;
  return (
    <Link
      from="/runs/$runId"
      to="/runs/$runId"
      search={(before) => ({ ...before, event: event.seq })}
      replace
      className="event-line"
      data-index={index}
      data-tone={eventTone(event)}
      aria-current={event.seq === selected ? 'true' : undefined}
    >
      <EventLine event={event} place={String(event.seq)} />
    </Link>
  );
}
