/** Key in sessionStorage: a bearer is forgotten with the tab. */
const STORAGE_KEY = 'macp.bearer';

type Listener = () => void;
const listeners = new Set<Listener>();
let bearer: string | undefined = stored();

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
  for (const listener of listeners) listener();
}

/** Returns what ends the listening. */
export function onBearerChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
