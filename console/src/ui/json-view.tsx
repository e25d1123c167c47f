import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.js';

/** UTF-16 units that are shown; more of a value would make the page slow, and all of it can be copied. */
const SHOWN_LENGTH_MAX = 60_000;
const COPIED_MS = 1_500;

/** A value as JSON, to read, select and copy. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const text = JSON.stringify(value, undefined, 2);
  const shown = text.length > SHOWN_LENGTH_MAX ? text.slice(0, SHOWN_LENGTH_MAX) : text;
  return (
    <div className="json">
      <CopyButton text={text} what={label} />
      <pre tabIndex={0} aria-label={label} role="region">
        {shown}
      </pre>
      {shown !== text && <p className="quiet">The rest is too long to show here. Copying takes all of it.</p>}
    </div>
  );
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [copied, mark] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    mark(true);
    window.setTimeout(() => mark(false), COPIED_MS);
  };
  return (
    <Button
      look="quiet"
      aria-label={copied ? 'Copied' : `Copy: ${what}`}
      onPress={() => void copy().catch(() => undefined)}
    >
      {copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />}
    </Button>
  );
}
