const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const ACCEPTED_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TOKEN = /^[A-Za-z0-9_-]{22,128}$/;

/** A lowercase hyphenated UUID of version 4 or 7, or 22 to 128 characters of the base64url alphabet. */
export function isSessionId(text: string): boolean {
  return UUID.test(text) ? ACCEPTED_UUID.test(text) : TOKEN.test(text);
}
