import { Check, Copy, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.js';

/** UTF-16 units that are shown; more of a value would make the page slow, and all of it can be copied. */
const SHOWN_LENGTH_MAX = 60_000;
/** How long a press says what became of it. */
const TOLD_MS = 1_500;

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
      {shown !== text && (
        <p className="quiet">
          The rest is too long to show here. {isSecureContext ? 'Copying takes all of it.' : 'Copying needs HTTPS.'}
        </p>
      )}
    </div>
  );
}

type Told = 'copied' | 'failed';
const TOLD: Readonly<Record<Told, readonly [icon: typeof Check, words: string]>> = {
  copied: [Check, 'Copied'],
  // Over plain HTTP a browser hands out no clipboard.
  failed: [X, 'Not copied'],
};

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [told, tell] = useState<Told>();
  const say = (what: Told): void => {
    tell(what);
    window.setTimeout(() => tell(undefined), TOLD_MS);
  };
  const copy = async (): Promise<void> => navigator.clipboard.writeText(text);
  const [Icon, words] = told ? TOLD[told] : [Copy, `Copy: ${what}`];
  return (
    <Button
      look="quiet"
      aria-label={words}
      onPress={() =>
        void copy().then(
          () => say('copied'),
          () => say('failed'),
        )
      }
    >
      <Icon size={16} aria-hidden="true" /> {told === 'failed' && words}
    </Button>
  );
}
