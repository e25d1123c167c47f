import { expect, it, vi } from 'vitest';
import { changed, filterCount, listIn, queryOf, statusesIn, withoutFilters } from './filters.js';

vi.hoisted(() => {
  // A quarter of an hour off from every clock the tests run by.
  process.env['TZ'] = 'Asia/Kathmandu';
});

it('asks for nothing in particular when the address does not', () => {
  expect(queryOf({})).toEqual({});
});

it('asks the API for what the address says', () => {
  const search = {
    status: 'failed,running,nonsense',
    mode: 'macp.mode.task.v1',
    search: 'loan',
    tags: 'a, b,',
    environment: 'staging',
    scenario: 'fraud',
    sort: 'updatedAt',
    order: 'asc',
    archived: true,
    sandbox: true,
    cursor: 'xyz',
  } as const;
  expect(queryOf(search)).toEqual({
    status: ['running', 'failed'],
    modeName: 'macp.mode.task.v1',
    search: 'loan',
    tags: ['a', 'b'],
    environment: 'staging',
    scenarioRef: 'fraud',
    sortBy: 'updatedAt',
    sortOrder: 'asc',
    includeArchived: true,
    includeSandbox: true,
    cursor: 'xyz',
  });
});

it('takes both days whole, where the reader is', () => {
  const { createdAfter, createdBefore } = queryOf({ from: '2026-07-10', to: '2026-07-10' });
  expect(createdAfter).toBe('2026-07-09T18:15:00.000Z');
  expect(createdBefore).toBe('2026-07-10T18:15:00.000Z');
  expect(queryOf({ to: '2026-12-31' }).createdBefore).toBe('2026-12-31T18:15:00.000Z');
});

it('hands on a time as it stands, and leaves out a day that does not exist', () => {
  expect(queryOf({ from: '2026-07-10T11:00:00Z' }).createdAfter).toBe('2026-07-10T11:00:00Z');
  expect(queryOf({ from: '2026-99-99' })).toEqual({});
});

it('begins the list anew when a filter changes', () => {
  const search = { status: 'failed', cursor: 'xyz', order: 'asc' } as const;
  expect(changed(search, { mode: 'm' })).toEqual({ status: 'failed', order: 'asc', mode: 'm' });
  expect(changed(search, { status: '' })).toEqual({ order: 'asc' });
  expect(changed({ sandbox: true }, { sandbox: false })).toEqual({});
});

it('counts and clears filters, and keeps the order', () => {
  const search = { status: 'failed', from: '2026-07-10', sort: 'updatedAt', order: 'asc', cursor: 'x' } as const;
  expect(filterCount(search)).toBe(2);
  expect(withoutFilters(search)).toEqual({ sort: 'updatedAt', order: 'asc' });
});

it('reads lists and statuses leniently', () => {
  expect(listIn(undefined)).toEqual([]);
  expect(listIn(' a ,, b')).toEqual(['a', 'b']);
  expect(statusesIn('completed,queued,completed')).toEqual(['queued', 'completed']);
});
