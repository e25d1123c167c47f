/** One thing of an export: a value, an array that is read as it is written, or a list of events that is. */
export type ExportPart =
  | { readonly key: string; readonly value: unknown }
  | { readonly key: string; readonly values: AsyncIterable<unknown> }
  | {
      readonly key: string;
      /** Name of one item where each has a line of its own. */
      readonly kind: string;
      /** Items written at most; 0 leaves the list out without reading it. */
      readonly limit: number;
      /** JSON texts. */
      readonly items: AsyncIterable<string>;
    };

/** One JSON document. Beside each list `<key>Truncated` says whether there was more than its limit. */
export async function* toBundle(parts: readonly ExportPart[]): AsyncGenerator<string, void, undefined> {
  let separator = '{';
  for (const part of parts) {
    if ('value' in part) {
      yield `${separator}${JSON.stringify(part.key)}:${JSON.stringify(part.value)}`;
    } else if ('values' in part) {
      yield `${separator}${JSON.stringify(part.key)}:`;
      yield* array(part.values);
    } else {
      yield `${separator}${JSON.stringify(part.key)}:[`;
      const truncated = yield* limited(part.items, part.limit, (item, index) => (index === 0 ? item : `,${item}`));
      yield `],${JSON.stringify(`${part.key}Truncated`)}:${truncated}`;
    }
    separator = ',';
  }
  yield '}';
}

/** One line per thing, `{kind, …}`; an event is wrapped, so that its own `type` stays what it is. */
export async function* toLines(parts: readonly ExportPart[]): AsyncGenerator<string, void, undefined> {
  for (const part of parts) {
    if ('value' in part) {
      yield `${JSON.stringify({ kind: part.key, [part.key]: part.value })}\n`;
    } else if ('values' in part) {
      const key = JSON.stringify(part.key);
      yield `{"kind":${key},${key}:`;
      yield* array(part.values);
      yield '}\n';
    } else {
      const kind = JSON.stringify(part.kind);
      const truncated = yield* limited(part.items, part.limit, (item) => `{"kind":${kind},"event":${item}}\n`);
      if (truncated) yield `${JSON.stringify({ kind: 'truncated', list: part.key })}\n`;
    }
  }
}

async function* array(values: AsyncIterable<unknown>): AsyncGenerator<string, void, undefined> {
  let separator = '[';
  for await (const value of values) {
    yield `${separator}${JSON.stringify(value)}`;
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}

/** Returns whether there was more than `limit`; of a list that is left out this is not known, and said to be false. */
async function* limited(
  items: AsyncIterable<string>,
  limit: number,
  toText: (item: string, index: number) => string,
): AsyncGenerator<string, boolean, undefined> {
  if (limit === 0) return false;
  let count = 0;
  for await (const item of items) {
    if (count === limit) return true;
    yield toText(item, count);
    count += 1;
  }
  return false;
}
