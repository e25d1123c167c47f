import { useState, useSyncExternalStore } from 'react';
import { FieldError, Form, Input, Label, TextField } from 'react-aria-components';
import { currentBearer, isBearer, isRefused, onRefusalChange, setBearer } from '../api/credential.js';
import { Button } from './button.js';

/** Asked for once above every page, and within a dialog, when the API answers 401, whatever asked it. The bearer stays in this tab. */
export function SignIn() {
  return useSyncExternalStore(onRefusalChange, isRefused) ? <SignInForm /> : null;
}

function SignInForm() {
  const [bearer, change] = useState('');
  return (
    <Form
      className="note sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        setBearer(bearer.trim());
      }}
    >
      <p className="note-title" role="alert">
        {currentBearer() === undefined ? 'Sign in' : 'This token is not accepted'}
      </p>
      <TextField
        className="field"
        type="password"
        value={bearer}
        onChange={change}
        validate={problemOf}
        autoComplete="off"
        isRequired
      >
        <Label>Bearer token</Label>
        <Input />
        <FieldError className="stale" />
      </TextField>
      <p className="quiet">It goes with every request of this tab, and is forgotten with it.</p>
      <Button type="submit" look="primary">
        Sign in
      </Button>
    </Form>
  );
}

/** What is missing altogether the browser says itself. */
function problemOf(text: string): string | null {
  if (text === '' || isBearer(text.trim())) return null;
  return 'There is something in it that no token has, seen or unseen: a space, a quotation mark, a letter with an accent.';
}
