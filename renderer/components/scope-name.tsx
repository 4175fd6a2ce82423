import { plainText } from '../../core/messages/plain-text.ts';
import { useSay } from '../state.ts';
import { scopeMessages } from '../words/scope-messages.ts';

/** What a role or a scope means; one that nobody has words for is told by its name. */
export function useScopeWords(): (name: string) => string {
  const say = useSay(scopeMessages) as (key: string) => string;
  return (name) => (Object.hasOwn(scopeMessages.texts.en, name) ? say(name) : plainText(name, 60));
}

/** A scope in words, with its name behind it. */
export function ScopeName({ scope }: { scope: string }) {
  const words = useScopeWords()(scope);
  return (
    <>
      {words} {words === scope ? null : <code>{scope}</code>}
    </>
  );
}
