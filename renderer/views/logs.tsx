import { useCallback, useEffect, useState } from 'react';
import { plainText } from '../../core/messages/plain-text.ts';
import { useAddress } from '../address.ts';
import { ask } from '../bridge.ts';
import { CallProblem } from '../components/call-problem.tsx';
import { LogDetail } from '../logs/log-detail.tsx';
import type { LogFeed, LogShown } from '../logs/log-feed.ts';
import { EMPTY_FORM, type FilterForm, filterOf, LogFilterBar } from '../logs/log-filter-bar.tsx';
import { type LineRange, LogList } from '../logs/log-list.tsx';
import { lineText } from '../logs/log-rows.ts';
import { useLogFeed } from '../logs/use-log-feed.ts';
import { type LogSource, useLogSource } from '../logs/use-log-source.ts';
import { runAction, useSay } from '../state.ts';
import { logMessages } from '../words/logs-messages.ts';
import './logs.css';

/** The log of the gateway that the app is about: searched, filtered, followed. */
export function Logs() {
  const say = useSay(logMessages);
  const { params } = useAddress();
  const [form, setForm] = useState<FilterForm>({
    ...EMPTY_FORM,
    level: params.get('level') ?? '',
    text: params.get('text') ?? '',
  });
  const { feed, shown } = useLogFeed();
  const source = useLogSource();
  const [chosen, setChosen] = useState<LineRange>();
  const [copied, setCopied] = useState(0);
  const [isFollowing, setIsFollowing] = useState(true);
  useEffect(() => {
    setChosen(undefined);
    setIsFollowing(true);
    if (source?.isThere) void feed.open(filterOf(form, Date.now()));
    else feed.close();
  }, [feed, form, source]);
  const lines = chosenLines(shown, chosen);
  const copy = useCallback((): void => {
    const text = lines.map(lineText).join('\n');
    if (text !== '') void ask('clipboard.write', { text }).then(() => setCopied(lines.length));
  }, [lines]);
  const follow = (isOn: boolean): void => {
    setIsFollowing(isOn);
    feed.follow(isOn);
  };
  return (
    <div className="logs">
      <header>
        <h1>{say('title')}</h1>
        <SourceLine source={source} />
      </header>
      <LogFilterBar form={form} subsystems={shown.subsystems} onChange={setForm} />
      {shown.error ? <CallProblem error={shown.error} /> : null}
      <LogList
        shown={shown}
        chosen={chosen}
        onChoose={setChosen}
        onCopy={copy}
        onNearStart={() => void feed.loadOlder()}
        onNearEnd={() => void feed.loadNewer()}
        onFollow={follow}
      />
      <LogDetail lines={lines} onCopy={copy} onClose={() => setChosen(undefined)} />
      <Status
        feed={feed}
        shown={shown}
        isFollowing={isFollowing}
        isFiltered={Object.keys(filterOf(form, 0)).length > 0}
        isElsewhere={source?.place !== undefined}
      />
      <p className="unseen" role="status">
        {copied > 0 ? say('copied', { count: copied }) : ''}
      </p>
    </div>
  );
}

/** Whose log it is; the files of another computer cannot be opened here. */
function SourceLine({ source }: { source: LogSource | undefined }) {
  const say = useSay(logMessages);
  if (source?.place !== undefined) {
    const { place, isThere } = source;
    return (
      <span className="quiet grow elsewhere" aria-live="polite">
        {say(isThere ? 'sourceElsewhere' : 'sourceAway', { place: plainText(place, 80) })}
      </span>
    );
  }
  return (
    <>
      <span className="quiet grow">{say('source')}</span>
      <button type="button" onClick={() => runAction({ do: 'openLogs' })}>
        {say('folder')}
      </button>
    </>
  );
}

function chosenLines({ lines, origin }: LogShown, range: LineRange | undefined) {
  if (!range) return [];
  const [first, last] = [range.anchor, range.head].sort((one, other) => one - other) as [number, number];
  return lines.slice(Math.max(0, first - origin), Math.max(0, last - origin + 1));
}

interface StatusProps {
  feed: LogFeed;
  shown: LogShown;
  isFollowing: boolean;
  isFiltered: boolean;
  /** There are older lines than can be had. */
  isElsewhere: boolean;
}

function Status({ feed, shown, isFollowing, isFiltered, isElsewhere }: StatusProps) {
  const say = useSay(logMessages);
  const summary = useSummary(shown, isFiltered, isElsewhere);
  const { isSearching, isBehind, missedLines, skippedBytes, reachedStart } = shown;
  return (
    <footer className="log-status">
      <span aria-live="polite">{isSearching ? '' : summary}</span>
      {isSearching ? (
        <>
          <span>
            {say('searching', { done: sizeText(shown.scannedBytes), left: sizeText(shown.leftBytes) })}
          </span>
          <button type="button" onClick={() => feed.cancel()}>
            {say('cancel')}
          </button>
        </>
      ) : null}
      {isSearching || reachedStart ? null : (
        <button type="button" onClick={() => void feed.loadOlder()}>
          {say('older')}
        </button>
      )}
      {skippedBytes > 0 ? <span>{say('skipped', { size: sizeText(skippedBytes) })}</span> : null}
      <span className="grow" />
      {isBehind && missedLines > 0 ? <span>{say('missed', { count: missedLines })}</span> : null}
      {isBehind || !isFollowing ? (
        <button type="button" className="primary" onClick={() => newest(feed)}>
          {say('jump')}
        </button>
      ) : null}
    </footer>
  );
}

function newest(feed: LogFeed): void {
  const list = document.querySelector('.log-list');
  if (list) list.scrollTop = list.scrollHeight;
  void feed.jumpToNewest();
}

function useSummary({ lines, reachedStart }: LogShown, isFiltered: boolean, isElsewhere: boolean): string {
  const say = useSay(logMessages);
  const count = lines.length;
  if (count === 0) return reachedStart ? say(isFiltered || isElsewhere ? 'nothing' : 'noLog') : '';
  return reachedStart ? say('found', { count }) : say('foundMore', { count });
}

const sizeText = (bytes: number): string =>
  bytes < 1e6
    ? `${Math.round(bytes / 1e3)} kB`
    : bytes < 1e9
      ? `${Math.round(bytes / 1e6)} MB`
      : `${(bytes / 1e9).toFixed(2)} GB`;
