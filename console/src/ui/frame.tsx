import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Activity, ListTree, Moon, Play, Rows3, Server, Sun, SunMoon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { ApiError } from '../api/api-error.js';
import { queries } from '../api/queries.js';
import type { Readiness } from '../api/types.js';
import type { Tone } from '../words/status.js';
import { apiBase } from '../api/client.js';
import { Button } from './button.js';
import { Contained } from './panel.js';
import { SignIn } from './sign-in.js';
import { setTheme, useTheme, type Theme } from './theme.js';

const PAGES = [
  { to: '/', name: 'Now', icon: Activity },
  { to: '/runs', name: 'Runs', icon: Rows3 },
  { to: '/launch', name: 'Launch', icon: Play },
  { to: '/events', name: 'Events', icon: ListTree },
  { to: '/system', name: 'System', icon: Server },
] as const;

/** What stands around every page: where one can go, and whether the control plane is there. */
export function Frame() {
  return (
    <div className="frame">
      <a className="skip" href="#content" onClick={focusContent}>
        Skip to content
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <img src="./favicon.svg" alt="" width="24" height="24" />
          <span>MACP Control Plane</span>
        </Link>
        <nav aria-label="Pages" className="pages">
          {PAGES.map(({ to, name, icon: Icon }) => (
            <Link key={to} to={to} className="page-link" activeOptions={{ exact: to === '/' }}>
              <Icon size={18} aria-hidden="true" />
              <span>{name}</span>
            </Link>
          ))}
        </nav>
        <div className="top-end">
          <Connection />
          <ThemeChoice />
          <a className="quiet docs-link" href={`${apiBase}docs`}>
            API
          </a>
        </div>
      </header>
      <Announcer />
      <main id="content" tabIndex={-1}>
        <SignIn />
        <Contained>
          <Outlet />
        </Contained>
      </main>
    </div>
  );
}

/** The hash belongs to the router, so the jump is made by hand. */
function focusContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

/** Says whether the control plane answers; tells nothing more while all is well. */
function Connection() {
  const { data, error } = useQuery(queries.readiness());
  const [tone, text] = connectionOf(data, error);
  return (
    <Link to="/system" className="connection" data-tone={tone}>
      <span className="dot" aria-hidden="true" />
      <span role="status">{text}</span>
    </Link>
  );
}

function connectionOf(data: Readiness | undefined, error: Error | null): readonly [Tone, string] {
  if (error) return ['bad', lossOf(error)];
  if (!data) return ['waiting', 'Connecting'];
  return data.ok ? ['good', 'Connected'] : ['warning', 'Not ready'];
}

function lossOf(error: Error): string {
  if (!(error instanceof ApiError) || error.isPassing) return 'No connection';
  return error.status === 401 ? 'Signed out' : 'No access';
}

const NEXT_THEME: Readonly<Record<Theme, Theme>> = { system: 'dark', dark: 'light', light: 'system' };
const THEME_ICONS = { system: SunMoon, dark: Moon, light: Sun } as const;

function ThemeChoice() {
  const theme = useTheme();
  const Icon = THEME_ICONS[theme];
  return (
    <Button
      look="quiet"
      aria-label={`Colours: ${theme}. Change to ${NEXT_THEME[theme]}`}
      onPress={() => setTheme(NEXT_THEME[theme])}
    >
      <Icon size={18} aria-hidden="true" />
    </Button>
  );
}

/** Tells a screen reader the name of a page that was entered, and moves the focus there as a page load would. */
function Announcer() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.getElementById('content')?.focus({ preventScroll: true });
  }, [path]);
  return null;
}
