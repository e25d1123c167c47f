import { useEffect, useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';

/** After the last key, before what was typed counts. Milliseconds. */
const PAUSE_MS = 300;

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'search';
  readonly placeholder?: string;
  /** Names of the values people are likely to mean. */
  readonly suggestions?: readonly string[];
}

/** A text field that speaks up once the writer pauses, so that not every letter asks the server. */
export function LateField({ label, value, onChange, type = 'text', placeholder, suggestions }: Props) {
  const [draft, setDraft] = useState(value);
  const [seen, setSeen] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== seen) {
    setSeen(value);
    // What comes back from us is no news: the writer may be further by now.
    if (value !== sent) setDraft(value);
    setSent(value);
  }
  useEffect(() => {
    if (draft === value) return;
    const timer = setTimeout(() => {
      setSent(draft);
      onChange(draft);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [draft, value, onChange]);
  const listId = suggestions && `suggestions-${label.toLowerCase().replaceAll(/\W+/g, '-')}`;
  return (
    <TextField className="field" type={type} value={draft} onChange={setDraft} autoComplete="off">
      <Label>{label}</Label>
      <Input {...(placeholder !== undefined && { placeholder })} {...(listId !== undefined && { list: listId })} />
      {suggestions && (
        <datalist id={listId}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
      )}
    </TextField>
  );
}
