import { ToggleButton, ToggleButtonGroup } from 'react-aria-components';
import { useState } from 'react';
import { ChevronDown, ChevronUp } from 'lucide-react';
import type { RunsSearch } from '../../search.js';
import { Button } from '../../ui/button.js';
import { LateField } from '../../ui/late-field.js';
import { Choice } from '../../ui/select.js';
import { MODE_CHOICES } from '../../words/names.js';
import { RUN_STATUS } from '../../words/status.js';
import { changed, filterCount, STATUSES, statusesIn, withoutFilters } from './filters.js';

interface Props {
  readonly search: RunsSearch;
  readonly onChange: (next: RunsSearch) => void;
}

const ANY = '';

/** What narrows the list. All of it stands in the address. */
export function Filters({ search, onChange }: Props) {
  const hidden = filterCount(changed(search, { search: '', status: '', mode: '' }));
  const [isOpen, open] = useState(hidden > 0);
  const set = (change: RunsSearch): void => onChange(changed(search, change));
  return (
    <search className="runs-filters" aria-label="Runs">
      <div className="runs-filters-main">
        <LateField
          label="Search"
          type="search"
          placeholder="Id, label, tag, scenario …"
          value={search.search ?? ''}
          onChange={(text) => set({ search: text })}
        />
        <Choice
          label="Mode"
          value={search.mode ?? ANY}
          options={modeOptions(search.mode)}
          onChange={(mode) => set({ mode })}
        />
        <Choice
          label="Order"
          value={`${search.sort ?? 'createdAt'} ${search.order ?? 'desc'}`}
          options={ORDERS.map(([value, word]) => [value, word] as const)}
          onChange={(value) => set(ORDERS.find(([order]) => order === value)?.[2] ?? {})}
        />
      </div>
      <StatusFilter search={search} onChange={set} />
      <div className="row">
        <Button look="quiet" aria-expanded={isOpen} onPress={() => open(!isOpen)}>
          {isOpen ? <ChevronUp size={16} aria-hidden="true" /> : <ChevronDown size={16} aria-hidden="true" />}
          More filters{hidden > 0 && ` (${hidden})`}
        </Button>
        {filterCount(search) > 0 && (
          <Button look="quiet" onPress={() => onChange(withoutFilters(search))}>
            Clear all filters
          </Button>
        )}
      </div>
      {isOpen && <MoreFilters search={search} onChange={set} />}
    </search>
  );
}

/** The modes we know, and the one that is asked for when it is another. */
function modeOptions(asked: string | undefined): readonly (readonly [value: string, word: string])[] {
  const isKnown = asked === undefined || MODE_CHOICES.some(([mode]) => mode === asked);
  return [[ANY, 'Any mode'], ...MODE_CHOICES, ...(isKnown ? [] : [[asked, asked] as const])];
}

const ORDERS: readonly (readonly [value: string, word: string, search: RunsSearch])[] = [
  ['createdAt desc', 'Newest first', { sort: 'createdAt', order: 'desc' }],
  ['createdAt asc', 'Oldest first', { sort: 'createdAt', order: 'asc' }],
  ['updatedAt desc', 'Status changed last first', { sort: 'updatedAt', order: 'desc' }],
  ['updatedAt asc', 'Status unchanged longest first', { sort: 'updatedAt', order: 'asc' }],
];

function StatusFilter({ search, onChange }: Props) {
  return (
    <ToggleButtonGroup
      aria-label="Status"
      className="runs-statuses"
      selectionMode="multiple"
      selectedKeys={statusesIn(search.status)}
      onSelectionChange={(keys) => onChange({ status: STATUSES.filter((status) => keys.has(status)).join(',') })}
    >
      {STATUSES.map((status) => (
        <ToggleButton key={status} id={status} className="runs-status">
          {RUN_STATUS[status].word}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

function MoreFilters({ search, onChange }: Props) {
  return (
    <div className="runs-filters-more">
      <LateField
        label="Tags, all of them"
        placeholder="a, b"
        value={search.tags ?? ''}
        onChange={(tags) => onChange({ tags })}
      />
      <LateField
        label="Environment"
        value={search.environment ?? ''}
        onChange={(environment) => onChange({ environment })}
      />
      <LateField
        label="Scenario contains"
        value={search.scenario ?? ''}
        onChange={(scenario) => onChange({ scenario })}
      />
      <Day label="Launched from" value={search.from} onChange={(from) => onChange({ from })} />
      <Day label="Launched until" value={search.to} onChange={(to) => onChange({ to })} />
      <div className="runs-flags">
        <Flag label="Show archived" value={search.archived} onChange={(archived) => onChange({ archived })} />
        <Flag label="Show sandbox" value={search.sandbox} onChange={(sandbox) => onChange({ sandbox })} />
      </div>
    </div>
  );
}

/** A day; the browser brings the calendar. */
function Day({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string | undefined;
  onChange: (day: string) => void;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <input type="date" value={value?.slice(0, 10) ?? ''} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

function Flag({
  label,
  value,
  onChange,
}: {
  label: string;
  value: boolean | undefined;
  onChange: (flag: boolean) => void;
}) {
  return (
    <label className="runs-flag">
      <input type="checkbox" checked={value ?? false} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
