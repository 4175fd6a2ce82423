import type { ConfigProblem } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';

/** Problems with their places; `onPlace` leads to one. */
export function ConfigProblems({
  problems,
  onPlace,
}: {
  problems: readonly ConfigProblem[];
  onPlace?: ((line: number, column: number) => void) | undefined;
}) {
  const say = useSay(configMessages);
  return (
    <ul className="config-problems">
      {problems.map(({ path, message, ...place }) => (
        <li key={`${path} ${message}`}>
          <Place {...place} onPlace={onPlace} />
          {path === '' || message.includes(path) ? null : <code>{path}</code>}{' '}
          {message.startsWith('JSON5 parse failed') ? say('notJson5') : message}
        </li>
      ))}
    </ul>
  );
}

interface PlaceProps extends Pick<ConfigProblem, 'line' | 'column'> {
  onPlace: ((line: number, column: number) => void) | undefined;
}

function Place({ line, column = 1, onPlace }: PlaceProps) {
  const say = useSay(configMessages);
  if (line === undefined) return null;
  const words = say('place', { line, column });
  if (!onPlace) return <span>{words} </span>;
  return (
    <button type="button" className="link" onClick={() => onPlace(line, column)}>
      {words}
    </button>
  );
}
