import { ToggleButton, Toolbar } from 'react-aria-components';
import type { EventType } from '../api/types.js';
import { EVENT_GROUPS } from '../words/event-types.js';
import { Button } from './button.js';

/** Which kinds of events are shown; none chosen means all. */
export function EventTypeFilter({
  types,
  onChange,
}: {
  types: readonly EventType[];
  onChange: (types: readonly EventType[]) => void;
}) {
  const chosen = new Set(types);
  return (
    <Toolbar className="row" aria-label="Kinds of events">
      {EVENT_GROUPS.map(({ name, types: group }) => (
        <ToggleButton
          key={name}
          className="chip"
          isSelected={group.some((type) => chosen.has(type))}
          onChange={(isSelected) => onChange(toggled(types, group, isSelected))}
        >
          {name}
        </ToggleButton>
      ))}
      {types.length > 0 && (
        <Button look="quiet" onPress={() => onChange([])}>
          Show all
        </Button>
      )}
    </Toolbar>
  );
}

function toggled(types: readonly EventType[], group: readonly EventType[], isSelected: boolean): readonly EventType[] {
  const others = types.filter((type) => !group.includes(type));
  return isSelected ? [...others, ...group] : others;
}
