import { describe, expect, it } from 'vitest';
import type { RunListFilter } from '../contracts/run-record.js';
import { isoTime } from '../contracts/time.js';
import { encodeCursor } from './run-cursor.js';
import { fragmentOf, listStatement, patternOf, type ListHints } from './run-list-statement.js';

const base: RunListFilter = {
  includeArchived: false,
  includeSandbox: false,
  sortBy: 'createdAt',
  sortOrder: 'desc',
  limit: 50,
};
const cursor = encodeCursor({
  sortBy: 'createdAt',
  sortOrder: 'desc',
  at: isoTime(0),
  id: '01890000-0000-7000-8000-000000000000',
});

const placeAt = (at: string) =>
  Buffer.from(`createdAt desc ${at} 01890000-0000-7000-8000-000000000000`).toString('base64url');

const ask = (filter: Partial<RunListFilter> = {}, hints: ListHints = {}) =>
  listStatement({ ...base, ...filter }, hints);
const armsOf = (text: string): number => text.split(' union all ').length;

describe('the statement of a list', () => {
  it('counts and pages in one walk from the start, and apart after a cursor', () => {
    expect(ask().text).toContain('limit 1001');
    expect(ask({ offset: 10_000 }).text).toContain('limit 10051');
    expect(ask({ offset: 10_000 }).text).toContain('[10001:10051]');
    expect(ask().text).not.toContain('as matching');
    expect(ask({ cursor }).text).toContain('as matching');
  });

  it('asks the index of texts once, also after a cursor', () => {
    const { text } = ask({ search: 'words', cursor }, { piece: 'words' });
    expect(text.split(' like ')).toHaveLength(2);
    expect(ask({ search: 'words', cursor }).text).not.toContain('gathered');
  });

  it.each(['2021-02-31T00:00:00.000Z', '0000-01-01T00:00:00.000Z', '2021-13-01T00:00:00.000Z'])(
    'takes no cursor of a time that is none: %s',
    (at) => expect(() => ask({ cursor: placeAt(at) })).toThrow('The cursor is not one of this list'),
  );

  it('leaves out a cursor before a window that lies behind it', () => {
    const late = isoTime(Date.parse('2025-01-01T00:00:00.000Z'));
    const place = { at: late, id: '01890000-0000-7000-8000-000000000000' };
    const page = (sortBy: 'createdAt' | 'updatedAt', sortOrder: 'asc' | 'desc', window: Partial<RunListFilter>) =>
      ask({ sortBy, sortOrder, cursor: encodeCursor({ sortBy, sortOrder, ...place }), ...window }).text;
    const cursorsIn = (text: string): number => text.split('::uuid)').length - 1;
    expect(cursorsIn(page('createdAt', 'desc', { createdBefore: late }))).toBe(0);
    expect(cursorsIn(page('createdAt', 'desc', { createdBefore: isoTime(Date.parse(late) + 1) }))).toBe(2);
    expect(cursorsIn(page('createdAt', 'asc', { createdAfter: isoTime(Date.parse(late) + 1) }))).toBe(0);
    expect(cursorsIn(page('createdAt', 'asc', { createdAfter: late }))).toBe(2);
    expect(cursorsIn(page('updatedAt', 'asc', { createdAfter: isoTime(Date.parse(late) + 1) }))).toBe(0);
    // A late change may come after the cursor whenever the run was made.
    expect(cursorsIn(page('updatedAt', 'desc', { createdBefore: isoTime(0) }))).toBe(2);
    expect(cursorsIn(page('updatedAt', 'desc', { createdBefore: late }))).toBe(3);
  });

  it('reads brief runs and long ones each from their own index', () => {
    expect(armsOf(ask().text)).toBe(2);
    expect(armsOf(ask({ includeArchived: true }).text)).toBe(1);
  });

  it('reads each rare status from its own slice, and walks along all runs with the frequent one', () => {
    expect(armsOf(ask({ status: ['failed', 'cancelled', 'failed'] }).text)).toBe(3);
    expect(armsOf(ask({ status: ['failed', 'completed'] }).text)).toBe(2);
    expect(armsOf(ask({ status: ['failed'], sortBy: 'updatedAt', createdBefore: isoTime(0) }).text)).toBe(3);
  });

  it('searches the texts alone, whatever else is asked', () => {
    const searched = ask({ search: 'words', status: ['failed'], tags: ['a'] }, { piece: 'words', tag: 'a' }).text;
    expect(searched).toContain('from run_texts');
    expect(searched).not.toMatch(/from (runs|run_tags)\b/);
  });

  it('looks for late changes apart when older runs are wanted in order of their last change', () => {
    const createdBefore = isoTime(0);
    const { text, values } = ask({ sortBy: 'updatedAt', createdBefore });
    expect(armsOf(text)).toBe(3);
    expect(values).toContain(isoTime(86_400_000));
    expect(armsOf(ask({ createdBefore }).text)).toBe(2);
  });

  it('reads the runs of a tag where that is told to be quicker', () => {
    expect(ask({ tags: ['a'] }, { tag: 'a' }).text).toContain('from run_tags');
    expect(ask({ tags: ['a'] }).text).not.toContain('run_tags');
    expect(ask({ tags: ['a'], includeSandbox: true }, { tag: 'a' }).text).not.toContain('run_tags');
  });

  it('gives each value one placeholder', () => {
    const { text, values } = ask(
      {
        status: ['failed'],
        tags: ['a'],
        modeName: 'm',
        runtimeKind: 'rust',
        environment: 'prod',
        scenarioRef: 'part',
        search: 'words',
        createdAfter: isoTime(0),
        createdBefore: isoTime(1),
        sortBy: 'updatedAt',
      },
      { piece: 'words', scenarios: ['a part'], tag: 'a' },
    );
    const places = new Set([...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
    expect([...places].toSorted((a, b) => a - b)).toEqual(values.map((_value, index) => index + 1));
  });

  it('looks for one or two letters among the newest runs only', () => {
    expect(ask({ search: 'ab' }).text).toContain('limit 5000');
    expect(ask({ search: 'abc' }).text).not.toContain('limit 5000');
    expect(ask({ search: '  ' }).text).not.toContain('strpos');
  });
});

describe('a fragment', () => {
  it('is trimmed, in lower case and as long as the columns', () => {
    expect(fragmentOf(' Ab ')).toBe('ab');
    expect(fragmentOf('x'.repeat(300))).toHaveLength(256);
    expect(fragmentOf('  ')).toBeUndefined();
    expect(patternOf('50%_\\')).toBe('%50\\%\\_\\\\%');
  });
});
