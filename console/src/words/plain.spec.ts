import { describe, expect, it } from 'vitest';
import { shortName } from './names.js';
import { isolated, plain } from './plain.js';
import { excerpt, textIn } from './read.js';

describe('what somebody wrote', () => {
  it('cannot look like another text', () => {
    expect(plain('agent://\u202Eecila')).toBe('agent://⟨U+202E⟩ecila');
    expect(plain('al\u200Bice\u0007')).toBe('al⟨U+200B⟩ice⟨U+0007⟩');
    expect(plain('a\u2068l\u3164i\u{E0061}')).toBe('a⟨U+2068⟩l⟨U+3164⟩i⟨U+E0061⟩');
    expect(shortName('agent://\u202Eecila')).toBe('⟨U+202E⟩ecila');
    expect(textIn({ intent: 'Pay \u202E001$ to bob' }, 'intent')).toBe('Pay ⟨U+202E⟩001$ to bob');
  });

  it('keeps what languages and pictures need', () => {
    for (const text of ['naïve – “quoted”', 'می\u200Cخواهم', '👩\u200D🚀', '投票', 'two\nlines\t.'])
      expect(plain(text)).toBe(text);
  });

  it('is set apart where it is written from right to left, once', () => {
    expect(isolated('alice')).toBe('alice');
    expect(isolated('פריסה')).toBe('\u2068פריסה\u2069');
    expect(isolated(isolated('פריסה'))).toBe('\u2068פריסה\u2069');
    expect(excerpt('פריסה של v2.1', 7)).toBe('\u2068פריסה…\u2069');
    expect(shortName('agent://דנה')).toBe('\u2068דנה\u2069');
    expect(excerpt(shortName('agent://דנה'))).toBe('\u2068דנה\u2069');
  });
});
