import { Link } from '@tanstack/react-router';
import { memo } from 'react';
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
      row={(index) => (
        <Row
          event={rows.at(index)}
          index={index}
          isSelected={selected !== undefined && rows.at(index)?.seq === selected}
        />
      )}
      {...following}
    />
  );
}

interface RowProps {
  readonly event: RunEvent | undefined;
  readonly index: number;
  readonly isSelected: boolean;
}

/** Remembered: the rows that are there already cost nothing when others join them. */
const Row = memo(function Row({ event, index, isSelected }: RowProps) {
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
      aria-current={isSelected ? 'true' : undefined}
    >
      <EventLine event={event} place={String(event.seq)} />
    </Link>
  );
});
