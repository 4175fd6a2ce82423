import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Destination } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import type { ConnectionActs } from '../views/connections.tsx';
import { connectionsMessages } from '../words/connections-messages.ts';

type SshDestination = Extract<Destination, { kind: 'ssh' }>;
type DirectDestination = Extract<Destination, { kind: 'direct' }>;
type Fields = Readonly<Record<string, string>>;

/** Empty for the usual one. */
const isPort = (text: string): boolean =>
  text === '' || (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535);

type FormActs = Pick<ConnectionActs, 'open' | 'save' | 'isBusy'>;

interface FormStart<D extends Destination> {
  acts: FormActs;
  initial?: D | undefined;
  /** The person goes on here. */
  begins?: boolean;
}

/** A host over SSH, as it is typed; `initial` is what stands there at first. */
export function SshForm({ acts, initial, begins = false }: FormStart<SshDestination>) {
  const say = useSay(connectionsMessages);
  const [problem, setProblem] = useState('');
  const read = ({ target = '', identityFile, remotePort = '' }: Fields): Destination | undefined => {
    setProblem(isPort(remotePort) ? '' : say('portInvalid'));
    if (!isPort(remotePort)) return undefined;
    const details = {
      ...(identityFile ? { identityFile } : {}),
      ...(remotePort ? { remotePort: Number(remotePort) } : {}),
    };
    return { kind: 'ssh', target, ...details };
  };
  return (
    <DestinationForm title={say('ssh')} hint={say('sshHint')} read={read} acts={acts} begins={begins}>
      <Field
        name="target"
        label={say('target')}
        hint={say('targetHint')}
        value={initial?.target}
        isRequired
      />
      <Field
        name="identityFile"
        label={say('identity')}
        hint={say('identityHint')}
        value={initial?.identityFile}
      />
      <Field
        name="remotePort"
        label={say('remotePort')}
        hint={say('remotePortHint')}
        value={initial?.remotePort}
        problem={problem}
      />
    </DestinationForm>
  );
}

/** A gateway at an address of its own, as it is typed; `initial` as for SSH. */
export function DirectForm({ acts, initial, begins = false }: FormStart<DirectDestination>) {
  const say = useSay(connectionsMessages);
  const read = ({ url = '', tlsFingerprint }: Fields): Destination => ({
    kind: 'direct',
    url,
    ...(tlsFingerprint ? { tlsFingerprint } : {}),
  });
  return (
    <DestinationForm
      title={say('directTitle')}
      hint={say('directHint')}
      read={read}
      acts={acts}
      begins={begins}
    >
      <Field name="url" label={say('url')} hint={say('urlHint')} value={initial?.url} isRequired />
      <Field
        name="tlsFingerprint"
        label={say('fingerprint')}
        hint={say('fingerprintHint')}
        value={initial?.tlsFingerprint}
      />
    </DestinationForm>
  );
}

interface FormProps {
  title: string;
  hint: string;
  /** Undefined: it said itself what is wrong. */
  read(fields: Fields): Destination | undefined;
  acts: FormActs;
  /** The person goes on here. */
  begins: boolean;
  children: ReactNode;
}

function DestinationForm({ title, hint, read, acts, begins, children }: FormProps) {
  const say = useSay(connectionsMessages);
  const titleId = useId();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (begins) form.current?.querySelector('input')?.focus();
  }, [begins]);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget)].map(([name, value]) => [
      name,
      String(value).trim(),
    ]);
    const destination = read(Object.fromEntries(entries));
    if (!destination) return;
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (submitter?.dataset.act === 'save') acts.save(destination);
    else acts.open(destination);
  };
  return (
    <form ref={form} aria-labelledby={titleId} onSubmit={submit} autoComplete="off">
      <h2 id={titleId}>{title}</h2>
      <p className="quiet">{hint}</p>
      {children}
      <p className="buttons">
        <button type="submit" className="primary" disabled={acts.isBusy}>
          {say('connect')}
        </button>
        <button type="submit" data-act="save" disabled={acts.isBusy}>
          {say('saveOnly')}
        </button>
      </p>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  hint: string;
  value?: string | number | undefined;
  isRequired?: boolean;
  problem?: string;
}

function Field({ name, label, hint, value, isRequired = false, problem = '' }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        name={name}
        defaultValue={value}
        required={isRequired}
        maxLength={500}
        spellCheck={false}
        autoComplete="off"
        aria-describedby={`${id}-hint`}
        aria-invalid={problem !== ''}
      />
      <p id={`${id}-hint`} className={problem === '' ? 'quiet' : 'problem'}>
        {problem || hint}
      </p>
    </div>
  );
}
