import createClient from 'openapi-fetch';
import { asApiError, errorOf } from './api-error.js';
import { currentBearer, noteAnswer } from './credential.js';
import type { paths } from './gen/schema.js';
import { noteServerDate } from './server-clock.js';

/** Where the API is: beside this page, whatever path stands before both. Ends with a slash. */
export const apiBase = new URL('.', document.baseURI.split('#', 1)[0]).href;

/** The API, typed by its OpenAPI document. Give its answers to `answerOf`. */
export const api = createClient<paths>({
  baseUrl: apiBase.slice(0, -1),
  fetch: send,
  // `tags=a,b`, as the API has it.
  querySerializer: { array: { style: 'form', explode: false } },
});

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** What was asked for; throws ApiError for every other answer, and for none. */
export async function answerOf<T>(asking: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asking;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    // An answer of 2xx that was to be JSON: the page of somebody in between.
    throw error instanceof SyntaxError ? errorOf(200, undefined) : asApiError(error);
  }
  const { data, error, response } = answer;
  if (!response.ok) throw errorOf(response.status, error);
  // A 204 has no body: its type says undefined.
  return data as T;
}

/** Sends a request with the bearer there is. Whoever sent it: a 401 makes the page ask for another one. */
export async function send(request: Request): Promise<Response> {
  const bearer = currentBearer();
  if (bearer !== undefined) request.headers.set('authorization', `Bearer ${bearer}`);
  const response = await fetch(request);
  noteAnswer(response.status, new URL(request.url).pathname, bearer);
  noteServerDate(response.headers.get('date'), Date.now());
  return response;
}
