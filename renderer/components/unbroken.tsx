import { Component, type ReactNode } from 'react';
import { onEvent } from '../bridge.ts';
import { useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { shellMessages } from '../words/shell-messages.ts';

interface State {
  /** What the part has failed with. */
  failure: { reason: string } | undefined;
}

/**
 * Keeps what cannot be shown from taking the whole window with it: a gateway of another version, or one that means
 * harm, may answer in shapes that nothing here expects. Tries again when told to, and with the next connection.
 */
export class Unbroken extends Component<{ children: ReactNode }, State> {
  override state: State = { failure: undefined };
  #end = (): void => {};

  static getDerivedStateFromError(error: unknown): State {
    return { failure: { reason: oneLine(String(error)).slice(0, 200) } };
  }

  override componentDidMount(): void {
    this.#end = onEvent('connected', () => this.#retry());
  }

  override componentWillUnmount(): void {
    this.#end();
  }

  override render(): ReactNode {
    const { failure } = this.state;
    return failure ? <Broken reason={failure.reason} onRetry={() => this.#retry()} /> : this.props.children;
  }

  #retry(): void {
    if (this.state.failure) this.setState({ failure: undefined });
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
