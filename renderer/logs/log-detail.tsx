import { useEffect, useState } from 'react';
import type { ShownLine } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { useSay } from '../state.ts';
import { oneLine, toTheLetter } from '../visible-text.ts';
import { logMessages } from '../words/logs-messages.ts';
import { timeTexts } from './log-rows.ts';

interface LogDetailProps {
  lines: readonly ShownLine[];
  onCopy(): void;
  onClose(): void;
}

/** What scrolls has to have the focus for its keys to do so. */
const SCROLLED_BY_KEYS = { tabIndex: 0 };
const RAW_CHARS = 20_000;

/** All that one line says, or how many lines are chosen. */
export function LogDetail({ lines, onCopy, onClose }: LogDetailProps) {
  const say = useSay(logMessages);
  const [line] = lines;
  if (!line) return null;
  return (
    <section className="log-detail" aria-label={say('chosen')}>
      <div className="log-detail-head">
        <strong>
          {lines.length === 1 ? timeTexts(line.time).join(' ') : say('chosenLines', { count: lines.length })}
        </strong>
        {lines.length === 1 ? <span className="quiet">{headOf(line)}</span> : null}
        <span className="grow" />
        <button type="button" onClick={onCopy}>
          {say('copy')}
        </button>
        <button type="button" onClick={onClose}>
          {say('close')}
        </button>
      </div>
      {lines.length === 1 ? <Whole key={`${line.at.file}:${line.at.offset}`} line={line} /> : null}
    </section>
  );
}

const headOf = ({ level, subsystem }: ShownLine): string =>
  [level, subsystem && oneLine(subsystem)].filter(Boolean).join(' · ');

function Whole({ line }: { line: ShownLine }) {
  const say = useSay(logMessages);
  const [raw, setRaw] = useState<string>();
  const [isRaw, setIsRaw] = useState(false);
  useEffect(() => {
    if (isRaw)
      void ask('logs.line', { at: line.at }).then(
        ({ text }) => setRaw(text ?? ''),
        () => setRaw(''),
      );
  }, [isRaw, line]);
  const text = isRaw ? raw : line.text;
  return (
    <>
      <pre {...SCROLLED_BY_KEYS}>
        {text === '' ? say('gone') : toTheLetter((text ?? '').slice(0, RAW_CHARS))}
      </pre>
      <label className="check">
        <input type="checkbox" checked={isRaw} onChange={({ target }) => setIsRaw(target.checked)} />
        <span>{say('raw')}</span>
      </label>
    </>
  );
}
