import { ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue } from 'react-aria-components';
import '../styles/select.css';

interface Props<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, word: string])[];
  readonly onChange: (value: T) => void;
  /** The label is for screen readers only: what is chosen explains itself. */
  readonly bare?: boolean;
}

/** One out of a few. */
export function Choice<T extends string>({ label, value, options, onChange, bare = false }: Props<T>) {
  return (
    <Select
      className="choice field"
      value={value}
      onChange={(key) => {
        const [chosen] = options.find(([option]) => option === key) ?? [];
        if (chosen !== undefined) onChange(chosen);
      }}
    >
      <Label className={bare ? 'visually-hidden' : ''}>{label}</Label>
      <Button className="button choice-button">
        <SelectValue />
        <ChevronDown size={16} aria-hidden="true" />
      </Button>
      <Popover className="choice-popover">
        <ListBox className="choice-list">
          {options.map(([option, word]) => (
            <ListBoxItem key={option} id={option} textValue={word} className="choice-option">
              {word}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
