import { Component, type ReactNode } from 'react';
import { onEvent } from '../bridge.ts';
import { useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { shellMessages } from '../words/shell-messages.ts';

interface Props {
  children: ReactNode;
  /** Shown in the place of what cannot be; absent: a word on it. */
  instead?: ReactNode;
}

interface State {
  /** What the part has failed with. */
  failure: { reason: string } | undefined;
}

/**
 * Keeps what cannot be shown from taking the whole window with it: a gateway of another version, or one that means
 * harm, may answer in shapes that nothing here expects. Tries again when told to, with the next connection, and where
 * the person goes next.
 */
export class Unbroken extends Component<Props, State> {
  override state: State = { failure: undefined };
  readonly #retry = (): void => {
    if (this.state.failure) this.setState({ failure: undefined });
  };
  #end = (): void => {};

  static getDerivedStateFromError(error: unknown): State {
    return { failure: { reason: oneLine(String(error)).slice(0, 200) } };
  }

  override componentDidMount(): void {
    this.#end = onEvent('connected', this.#retry);
    window.addEventListener('hashchange', this.#retry);
  }

  override componentWillUnmount(): void {
    this.#end();
    window.removeEventListener('hashchange', this.#retry);
  }

  override render(): ReactNode {
    const { failure } = this.state;
    const { children, instead } = this.props;
    if (!failure) return children;
    return instead ?? <Broken reason={failure.reason} onRetry={this.#retry} />;
  }
}

function Broken({ reason, onRetry }: { reason: string; onRetry: () => void }) {
  const say = useSay(shellMessages);
  return (
    <div className="trouble" role="alert">
      <p className="problem">{say('broken')}</p>
      <p>
        {say('brokenStep')} <code>VIEW_BROKEN</code>
      </p>
      <p className="quiet">{reason}</p>
      <button type="button" onClick={onRetry}>
        {say('retry')}
      </button>
    </div>
  );
}
