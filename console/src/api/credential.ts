/** Key in sessionStorage: a bearer is forgotten with the tab. */
const STORAGE_KEY = 'macp.bearer';
/** Of so many the path is remembered: far more than any page goes on asking. */
const REFUSED_MAX = 100;

type Listener = () => void;
const bearerListeners = new Set<Listener>();
const refusalListeners = new Set<Listener>();
let bearer: string | undefined = stored();
/** Paths of requests that were answered with 401, the latest last; none while nobody is kept out. */
const refusedPaths = new Set<string>();

/** The bearer token that goes with every request; undefined while nobody asked for one. */
export function currentBearer(): string | undefined {
  return bearer;
}

/** Whether a header can carry it: a token is of visible ASCII. What is pasted may have more in it than one sees. */
export function isBearer(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Takes another bearer, or none; whoever listens asks again with it. */
export function setBearer(next: string | undefined): void {
  bearer = next === '' ? undefined : next;
  try {
    if (bearer === undefined) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, bearer);
  } catch {
    // Storage is switched off: the bearer lasts as long as the page.
  }
  admit();
  for (const listener of bearerListeners) listener();
}

/** Returns what ends the listening. */
export function onBearerChange(listener: Listener): () => void {
  bearerListeners.add(listener);
  return () => bearerListeners.delete(listener);
}

/** Whether requests are answered with 401, so that somebody has to sign in. */
export function isRefused(): boolean {
  return refusedPaths.size > 0;
}

/** Returns what ends the listening. */
export function onRefusalChange(listener: Listener): () => void {
  refusalListeners.add(listener);
  return () => refusalListeners.delete(listener);
}

/** Takes note of how a request fared that went with the bearer `sent`. */
export function noteAnswer(status: number, path: string, sent: string | undefined): void {
  // What went with a bearer that was replaced meanwhile says nothing of this one.
  if (sent !== bearer) return;
  if (status === 401) refuse(path);
  // Somebody signed in elsewhere: a proxy may have sessions of its own. A failure tells nothing of that.
  else if (status < 500 && status !== 429 && refusedPaths.has(path)) admit();
}

function refuse(path: string): void {
  const isNews = !isRefused();
  refusedPaths.delete(path);
  refusedPaths.add(path);
  for (const oldest of [...refusedPaths].slice(0, -REFUSED_MAX)) refusedPaths.delete(oldest);
  if (isNews) tell();
}

function admit(): void {
  if (!isRefused()) return;
  refusedPaths.clear();
  tell();
}

function tell(): void {
  for (const listener of refusalListeners) listener();
}

function stored(): string | undefined {
  try {
    const kept = sessionStorage.getItem(STORAGE_KEY) ?? '';
    return isBearer(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}
