import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { ErrorNote, Loading } from './ui/notes.js';
import { Frame } from './ui/frame.js';
import { NotFound } from './ui/not-found.js';
import { compareSearch, eventsSearch, launchSearch, nowSearch, runSearch, runsSearch, systemSearch } from './search.js';

/**
 * Every view is a URL, and all of it stands behind the #: whatever path a proxy puts before the console, and whatever the API
 * answers under, no address of a page can collide with it.
 */
const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const now = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: nowSearch,
  component: lazyRouteComponent(() => import('./pages/now/now.page.js'), 'NowPage'),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import('./pages/runs/runs.page.js'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$runId',
  validateSearch: runSearch,
  // Another run is another page: no dialog of the one before may act on it.
  remountDeps: ({ params }) => params,
  component: lazyRouteComponent(() => import('./pages/run/run.page.js'), 'RunPage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/compare',
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import('./pages/compare/compare.page.js'), 'ComparePage'),
});

const launch = createRoute({
  getParentRoute: () => root,
  path: '/launch',
  validateSearch: launchSearch,
  component: lazyRouteComponent(() => import('./pages/launch/launch.page.js'), 'LaunchPage'),
});

const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  validateSearch: eventsSearch,
  component: lazyRouteComponent(() => import('./pages/events/events.page.js'), 'EventsPage'),
});

const system = createRoute({
  getParentRoute: () => root,
  path: '/system',
  validateSearch: systemSearch,
  component: lazyRouteComponent(() => import('./pages/system/system.page.js'), 'SystemPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([now, runs, run, compare, launch, events, system]),
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading what="the page" lines={6} />,
  defaultErrorComponent: ({ error, reset }) => <ErrorNote error={error} onRetry={reset} />,
  // A page that is entered begins at its top (frame.tsx). Within a page an address changes all the time, and nothing jumps:
  // whoever answers no is left alone, while `false` would still be taken to the top.
  scrollRestoration: () => false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
