/** The same request for a shell. A bearer is named, never printed: what is shown is often passed on. */
export function curlOf(url: string, body: string, hasBearer: boolean): string {
  const quoted = `'${body.replaceAll("'", String.raw`'\''`)}'`;
  const authorization = hasBearer ? ` \\\n  -H "authorization: Bearer $TOKEN"` : '';
  return `curl -s ${url} \\\n  -H 'content-type: application/json'${authorization} \\\n  -d ${quoted}`;
}
