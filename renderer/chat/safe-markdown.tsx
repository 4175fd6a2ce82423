import { memo, type ReactNode } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { ask } from '../bridge.ts';
import { Unbroken } from '../components/unbroken.tsx';
import { useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { chatMessages } from '../words/chat-messages.ts';

/**
 * Text of an agent with its marks, tables and lists of tasks. HTML in it shows as text; a link does nothing by itself: the app asks what to do with
 * its address; pictures are never fetched and show as links. What is nested too deep to be laid out shows as it was written.
 */
export const SafeMarkdown = memo(function SafeMarkdown({ text }: { text: string }) {
  const say = useSay(chatMessages);
  return (
    <div className="markdown">
      <Unbroken instead={<p className="plain">{text}</p>}>
        <Markdown
          components={COMPONENTS}
          urlTransform={keptAddress}
          remarkPlugins={PLUGINS}
          remarkRehypeOptions={{ footnoteLabel: say('footnotes') }}
        >
          {text}
        </Markdown>
      </Unbroken>
    </div>
  );
});

/** Anything but an address of the web is dropped, and its text stays. */
const keptAddress = (url: string): string => (/^https?:\/\//i.test(url) ? url : '');

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, children }) => <Link url={href ?? ''}>{children}</Link>,
  img: ({ src, alt }) => <Picture url={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => <Table>{children}</Table>,
  input: ({ checked }) => <TaskMark isDone={checked === true} />,
};

function Link({ url, children }: { url: string; children: ReactNode }) {
  const say = useSay(chatMessages);
  if (url === '') return <span>{children}</span>;
  const isSecure = /^https:/i.test(url);
  // Only what is encrypted can be opened; any other address can be copied.
  const act = (): void =>
    void (isSecure ? ask('link.open', { url }) : ask('clipboard.write', { text: url })).catch(
      () => undefined,
    );
  return (
    <button type="button" className="link" title={oneLine(url)} onClick={act}>
      {children}
      {isSecure ? null : <span className="quiet"> ({say('copyAddress')})</span>}
    </button>
  );
}

function Picture({ url, alt }: { url: string; alt: string }) {
  const say = useSay(chatMessages);
  return <Link url={url}>{say('picture', { name: oneLine(alt || url).slice(0, 200) })}</Link>;
}

/** What scrolls has to be reached by keys. */
const SCROLLED_BY_KEYS = { tabIndex: 0 };

function Table({ children }: { children: ReactNode }) {
  const say = useSay(chatMessages);
  return (
    <section className="scroll" aria-label={say('table')} {...SCROLLED_BY_KEYS}>
      <table>{children}</table>
    </section>
  );
}

/** Whether a task is done only its author can change. */
function TaskMark({ isDone }: { isDone: boolean }) {
  const say = useSay(chatMessages);
  return (
    <span role="img" className="task-mark" aria-label={say(isDone ? 'taskDone' : 'taskOpen')}>
      {isDone ? '☑' : '☐'}
    </span>
  );
}

function CodeBlock({ children }: { children: ReactNode }) {
  const say = useSay(chatMessages);
  return (
    <div className="code">
      <button
        type="button"
        onClick={({ currentTarget }) => {
          const text = currentTarget.nextElementSibling?.textContent ?? '';
          if (text !== '') void ask('clipboard.write', { text });
        }}
      >
        {say('copy')}
      </button>
      <pre>{children}</pre>
    </div>
  );
}
