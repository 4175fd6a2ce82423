import { useId } from 'react';
import { useSay } from '../state.ts';
import type { ConnectionActs } from '../views/connections.tsx';
import { pickerMessages } from '../words/picker-messages.ts';
import { DirectForm } from './destination-forms.tsx';
import { WindowDialog } from './picker.tsx';

/** The form for a gateway at an address, filled by a link that anybody can have made: nothing happens without a word. */
export function LinkEditor({
  url,
  acts,
  close,
}: {
  url: string;
  acts: Pick<ConnectionActs, 'open' | 'save' | 'isBusy'>;
  close(): void;
}) {
  const say = useSay(pickerMessages);
  const titleId = useId();
  return (
    <WindowDialog titleId={titleId} className="prompt picker" close={close}>
      <h2 id={titleId}>{say('linkTitle')}</h2>
      <p>{say('linkText')}</p>
      <DirectForm acts={acts} initial={{ kind: 'direct', url }} />
      <footer>
        <button type="button" data-first onClick={close}>
          {say('cancel')}
        </button>
      </footer>
    </WindowDialog>
  );
}

/** A link that is none of ours, or carries more than an address: the person who followed it is told why nothing comes. */
export function RefusedLink({ close }: { close(): void }) {
  const say = useSay(pickerMessages);
  const titleId = useId();
  return (
    <WindowDialog titleId={titleId} className="prompt" close={close}>
      <h2 id={titleId}>{say('linkRefused')}</h2>
      <p>
        {say('linkRefusedText')} <code>LINK_REFUSED</code>
      </p>
      <footer>
        <button type="button" data-first onClick={close}>
          {say('close')}
        </button>
      </footer>
    </WindowDialog>
  );
}
