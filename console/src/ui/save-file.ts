/** The browser reads the file after the press; it is let go of later than that. Milliseconds. */
const KEPT_MS = 60_000;

/** Hands a file to the browser’s downloads. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
