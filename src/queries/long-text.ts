export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';

/** A text to answer with: whole where it is small, else in pieces, each read when it is its turn. */
export interface LongText {
  readonly text: string | AsyncGenerator<string, void, undefined>;
  /** JSON_TYPE unless said. */
  readonly type?: string;
}
