import { describe, expect, it } from 'vitest';
import { eventsSearch, runSearch, runsSearch, systemSearch } from './search.js';

describe('addresses', () => {
  it('keep what makes sense and leave out the rest', () => {
    expect(runSearch({ tab: 'events', at: '12', event: 3, types: 'run.created', versus: -1, other: 1 })).toEqual({
      tab: 'events',
      at: 12,
      event: 3,
      types: 'run.created',
    });
    expect(runSearch({ tab: 'no', at: 'soon' })).toEqual({});
    expect(runsSearch({ status: 'failed', sandbox: true, archived: 'no', sort: 'age' })).toEqual({
      status: 'failed',
      sandbox: true,
    });
    expect(systemSearch({ tab: 'audit', page: 2 })).toEqual({ tab: 'audit', page: 2 });
  });

  it('take what the router read as a number for the text it was', () => {
    expect(eventsSearch({ run: 2026, scenario: '' })).toEqual({ run: '2026' });
  });
});
