import { BARS } from '../bars.js';
import { now } from '../support/clock.js';
import { DAYS, ENVIRONMENTS, MODES, SCENARIOS, TAGS, seedRuns } from '../support/seed-runs.js';
import type { Context, Measured, Scenario } from '../support/scenario.js';
import { Stage } from '../support/stage.js';
import { percentile } from '../support/statistics.js';
import { keeps } from '../support/verdict.js';
import { chance } from '../support/words.js';

const SAMPLES = 100;
const WARM_UP = 2;
/** A kind of question that takes so long in all is not asked further. */
const KIND_MS_MAX = 5_000;
const SLOWEST_SHOWN = 12;
/** The embedded database is not made for more. */
const EMBEDDED_RUNS_MAX = 100_000;
const OFFSET = 10_000;
const DAY_MS = 86_400_000;

type Random = () => number;

/** Every filter that is offered, each with frequent and with rare values. */
const FILTERS: Readonly<Record<string, (random: Random) => string>> = {
  'no filter': () => '',
  'status frequent': () => 'status=completed',
  'status rare': () => 'status=running',
  'status of two': () => 'status=failed,cancelled',
  'tag frequent': () => 'tags=tag-0',
  'tag any': (random) => `tags=tag-${whole(random, TAGS)}`,
  'two tags': (random) => `tags=tag-${whole(random, 20)},team-${whole(random, 20)}`,
  modeName: (random) => `modeName=macp.mode.${MODES[whole(random, MODES.length)] ?? ''}.v1`,
  runtimeKind: () => 'runtimeKind=rust',
  environment: (random) => `environment=${ENVIRONMENTS[whole(random, ENVIRONMENTS.length)] ?? ''}`,
  'scenarioRef whole': (random) => `scenarioRef=scenario-${whole(random, SCENARIOS)}`,
  'scenarioRef part': () => 'scenarioRef=scenario',
  'search rare': (random) => `search=release%20${whole(random, 1_000)}%20go`,
  'search frequent': () => 'search=production',
  'search two letters': () => 'search=pr',
  'search nothing': () => 'search=there%20is%20no%20such%20run',
  'created on a day': (random) => {
    const from = Date.now() - (1 + whole(random, DAYS - 2)) * DAY_MS;
    return `createdAfter=${iso(from)}&createdBefore=${iso(from + DAY_MS)}`;
  },
  'created before': (random) => `createdBefore=${iso(Date.now() - whole(random, DAYS) * DAY_MS)}`,
  includeArchived: () => 'includeArchived=true',
  includeSandbox: () => 'includeSandbox=true',
  'status, environment and tag': (random) => `status=completed&environment=staging&tags=team-${whole(random, 20)}`,
  'rare status and search': () => 'status=suspended&search=scenario-7',
};

const SORTS = ['createdAt desc', 'createdAt asc', 'updatedAt desc', 'updatedAt asc'] as const;
const PAGES = ['first page', 'deep cursor', 'deep offset'] as const;

interface Kind {
  readonly name: string;
  readonly times: readonly number[];
}

export const list: Scenario = {
  name: 'list',
  about: 'GET /runs over very many runs: every filter, in every order, first page, deep page by cursor and by offset',
  bars: ['listP99'],
  deadlineMs: 1_500_000,
  async run(context) {
    const stage = await Stage.open(context);
    const count = context.server === undefined ? Math.min(context.sizes.runs, EMBEDDED_RUNS_MAX) : context.sizes.runs;
    const [template] = await stage.launch(1);
    await stage.api.post(`/runs/${template!.runId}/cancel`, { reason: 'a template for others' });
    await seedRuns(stage, template!.runId, count, (done) => context.phase(`${done} of ${count} runs are there`));
    const kinds = await askAll(stage, context);
    return figures(kinds, count, await stage.api.floor());
  },
};

async function askAll(stage: Stage, context: Context): Promise<readonly Kind[]> {
  const random = chance(11);
  const kinds: Kind[] = [];
  for (const sort of SORTS) {
    const [sortBy = '', sortOrder = ''] = sort.split(' ');
    const order = `sortBy=${sortBy}&sortOrder=${sortOrder}`;
    context.phase(`asking in order of ${sort}`);
    const deep = {
      'first page': '',
      'deep cursor': await cursorInTheMiddle(stage, order),
      'deep offset': `&offset=${OFFSET}`,
    };
    for (const page of PAGES) {
      for (const [filter, query] of Object.entries(FILTERS)) {
        const path = (): string => `/runs?${order}${deep[page]}&${query(random)}`;
        kinds.push({ name: `${filter}, ${sort}, ${page}`, times: await timesOf(stage, path) });
      }
    }
  }
  return kinds;
}

async function timesOf(stage: Stage, path: () => string): Promise<readonly number[]> {
  const times: number[] = [];
  const enough = now() + KIND_MS_MAX;
  for (let index = -WARM_UP; index < SAMPLES && (now() < enough || times.length === 0); index += 1) {
    const began = now();
    const { at } = await stage.api.ask('GET', path());
    if (index >= 0 || at > enough) times.push(at - began);
  }
  return times;
}

/** A cursor is a place in an order, so one taken under a filter by time serves without the filter too. */
async function cursorInTheMiddle(stage: Stage, order: string): Promise<string> {
  const middle = iso(Date.now() - (DAYS / 2) * DAY_MS);
  const side = order.endsWith('asc') ? 'createdAfter' : 'createdBefore';
  const page = await stage.api.get<{ nextCursor: string }>(`/runs?${order}&${side}=${middle}&limit=1`);
  return `&cursor=${page.nextCursor}`;
}

function figures(kinds: readonly Kind[], count: number, floor: number): Measured[] {
  const ranked = kinds
    .map(({ name, times }) => ({ name, p50: percentile(times, 0.5), p99: percentile(times, 0.99) }))
    .toSorted((a, b) => b.p99 - a.p99);
  const slowest = ranked
    .slice(0, SLOWEST_SHOWN)
    .map(({ name, p50, p99 }) => `\n    ${p99.toFixed(0)} ms (p50 ${p50.toFixed(0)}): ${name}`);
  const all = kinds.flatMap(({ times }) => times);
  const slowestOf = (page: string): number => ranked.find(({ name }) => name.endsWith(page))?.p99 ?? 0;
  const over = ranked.filter(({ p99 }) => !keeps(BARS.listP99, p99)).length;
  return [
    {
      of: 'listP99',
      value: ranked[0]?.p99 ?? 0,
      limit: floor,
      note: `${count} runs, pages of 50; limit: GET /healthz, p99; ${over} of ${kinds.length} kinds miss the bar; the slowest:${slowest.join('')}`,
    },
    ...PAGES.map((page) => ({
      of: { name: `GET /runs, slowest kind, ${page}: p99`, unit: 'ms' },
      value: slowestOf(page),
    })),
    { of: { name: 'GET /runs, all questions: p99', unit: 'ms' }, value: percentile(all, 0.99) },
    { of: { name: 'GET /runs, all questions: p50', unit: 'ms' }, value: percentile(all, 0.5) },
  ];
}

function whole(random: Random, below: number): number {
  return Math.floor(random() * below);
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
