/** Key in sessionStorage: a bearer is forgotten with the tab. */
const STORAGE_KEY = 'macp.bearer';

type Listener = () => void;
const bearerListeners = new Set<Listener>();
const refusalListeners = new Set<Listener>();
let bearer: string | undefined = stored();
/** Path of a request that was answered with 401; undefined while nobody is kept out. */
let refusedPath: string | undefined;

/** The bearer token that goes with every request; undefined while nobody asked for one. */
export function currentBearer(): string | undefined {
  return bearer;
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
  refuse(undefined);
  for (const listener of bearerListeners) listener();
}

/** Returns what ends the listening. */
export function onBearerChange(listener: Listener): () => void {
  bearerListeners.add(listener);
  return () => bearerListeners.delete(listener);
}

/** Whether requests are answered with 401, so that somebody has to sign in. */
export function isRefused(): boolean {
  return refusedPath !== undefined;
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
  if (status === 401) refuse(refusedPath ?? path);
  // Somebody signed in elsewhere: a proxy may have sessions of its own.
  else if (path === refusedPath) refuse(undefined);
}

function refuse(path: string | undefined): void {
  if (path === refusedPath) return;
  refusedPath = path;
  for (const listener of refusalListeners) listener();
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
