import type { WindowCall, WindowMethod } from '../../main/bridge/contract.ts';
import type { CallError } from '../bridge.ts';
import {
  EMPTY_TALK,
  type Outgoing,
  type Talk,
  withNewest,
  withNews,
  withOlder,
  withOutgoing,
  withoutOutgoing,
} from './talk.ts';
import {
  type Approval,
  type AttachedFile,
  approvalOf,
  asObject,
  asText,
  historyPage,
  runStep,
} from './wire.ts';

export interface ConversationEffects {
  call<M extends WindowMethod>(method: M, params: WindowCall<M>['params']): Promise<WindowCall<M>['result']>;
  changed(): void;
  /** Another one each time. */
  newId(): string;
  /** An answer is complete: its text. */
  answered(text: string): void;
}

export interface ConversationShown extends Talk {
  isLoaded: boolean;
  isLoadingOlder: boolean;
  /** The gateway answers somebody in this session, perhaps without telling us more. */
  isBusy: boolean;
  title: string | undefined;
  model: string | undefined;
  approvals: readonly Approval[];
  /** Approvals that wait in other sessions. */
  elsewhere: readonly Approval[];
  error: CallError | undefined;
}

const PAGE = 60;

/** One session of the gateway as its window follows it. */
export class Conversation {
  shown: ConversationShown = {
    ...EMPTY_TALK,
    isLoaded: false,
    isLoadingOlder: false,
    isBusy: false,
    title: undefined,
    model: undefined,
    approvals: [],
    elsewhere: [],
    error: undefined,
  };
  readonly #effects: ConversationEffects;
  readonly #given: string;
  /** As the gateway spells it, once it has said so. */
  #key: string;
  #isClosed = false;
  #isReading = false;
  #isOld = false;
  #pending: readonly Approval[] = [];

  constructor(key: string, effects: ConversationEffects) {
    this.#effects = effects;
    this.#given = key;
    this.#key = key;
  }

  /** Reads the newest messages; again after each connection. */
  async open(): Promise<void> {
    try {
      const { key } = await this.#effects.call('sessions.messages.subscribe', { key: this.#given });
      this.#key = key;
    } catch (error) {
      // The history tells the same reason, or works without.
      this.#set({ error: error as CallError });
    }
    await Promise.all([this.refresh(), this.#readApprovals()]);
  }

  close(): void {
    this.#isClosed = true;
    void this.#effects.call('sessions.messages.unsubscribe', { key: this.#given }).catch(() => undefined);
  }

  /** Reads the newest messages, once more when they are being read already: that answer may be old. */
  async refresh(): Promise<void> {
    this.#isOld = this.#isReading;
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      const page = historyPage(
        await this.#effects.call('chat.history', { sessionKey: this.#key, limit: PAGE }),
      );
      const { title, model, isRunning: isBusy } = page;
      this.#set({ ...withNewest(this.shown, page), title, model, isBusy, isLoaded: true, error: undefined });
    } catch (error) {
      this.#set({ error: error as CallError });
    }
    this.#isReading = false;
    if (this.#isOld && !this.#isClosed) await this.refresh();
  }

  async loadOlder(): Promise<void> {
    const { messages, hasMore, isLoadingOlder } = this.shown;
    if (!hasMore || isLoadingOlder) return;
    this.#set({ isLoadingOlder: true });
    try {
      const offset = (messages.at(-1)?.seq ?? 0) - (messages[0]?.seq ?? 0) + 1;
      const result = await this.#effects.call('chat.history', { sessionKey: this.#key, limit: PAGE, offset });
      this.#set(withOlder(this.shown, historyPage(result)));
    } catch (error) {
      this.#set({ error: error as CallError });
    }
    this.#set({ isLoadingOlder: false });
  }

  /** Says something; what becomes of it is shown. */
  send(text: string, files: readonly AttachedFile[]): Promise<void> {
    return this.#deliver({ runId: this.#effects.newId(), text, files, state: 'sending' });
  }

  async sendAgain(runId: string): Promise<void> {
    const failed = this.shown.outbox.find((one) => one.runId === runId);
    if (failed) await this.#deliver({ ...failed, state: 'sending', error: undefined });
  }

  discard(runId: string): void {
    this.#set(withoutOutgoing(this.shown, runId));
  }

  /** Ends all answers of this session; what was said stays. */
  async abort(): Promise<void> {
    try {
      await this.#effects.call('chat.abort', { sessionKey: this.#key });
    } catch (error) {
      this.#set({ error: error as CallError });
    }
  }

  async decide(id: string, decision: 'allow-once' | 'deny'): Promise<void> {
    try {
      await this.#effects.call('exec.approval.resolve', { id, decision });
      this.#setApprovals(this.#pending.filter((one) => one.id !== id));
    } catch (error) {
      this.#set({ error: error as CallError });
      await this.#readApprovals();
    }
  }

  /** What the gateway tells. */
  hear(event: string, payload: unknown): void {
    if (event === 'gap') void this.open();
    else if (event === 'exec.approval.requested') this.#asked(payload);
    else if (event === 'exec.approval.resolved') this.#decided(asText(asObject(payload).id));
    else if (asObject(payload).sessionKey === this.#key) this.#hearOwn(event, payload);
  }

  #hearOwn(event: string, payload: unknown): void {
    if (event === 'session.message' || event === 'session.operation') return void this.refresh();
    if (event === 'sessions.changed' && asObject(payload).reason !== 'message') return void this.refresh();
    const step = runStep(event, payload);
    if (!step) return;
    this.#set({ ...withNews(this.shown, step.runId, step.news), isBusy: step.news.type !== 'end' });
    if (step.news.type !== 'end') return;
    if (step.news.state === 'final' && step.news.text) this.#effects.answered(step.news.text);
    void this.refresh();
  }

  async #deliver(outgoing: Outgoing): Promise<void> {
    this.#set(withOutgoing(this.shown, outgoing));
    const { runId, text, files } = outgoing;
    try {
      const { status } = await this.#effects.call('chat.send', {
        sessionKey: this.#key,
        message: text,
        idempotencyKey: runId,
        ...(files.length > 0 && {
          attachments: files.map(({ name, mimeType, data }) => ({ fileName: name, mimeType, content: data })),
        }),
      });
      // An order to the gateway, such as /stop, is no message.
      if (status === 'ok') this.#set(withoutOutgoing(this.shown, runId));
      else this.#mark(runId, { state: 'sent' });
      await this.refresh();
    } catch (error) {
      const { code, message } = error as CallError;
      this.#mark(runId, { state: 'failed', error: { code, message } });
    }
  }

  /** What has arrived meanwhile is on its way no more. */
  #mark(runId: string, change: Partial<Outgoing>): void {
    const outbox = this.shown.outbox.map((one) => (one.runId === runId ? { ...one, ...change } : one));
    this.#set({ outbox });
  }

  async #readApprovals(): Promise<void> {
    const list = await this.#effects.call('exec.approval.list', {}).catch(() => []);
    this.#setApprovals(list.map(approvalOf).filter((one) => one !== undefined));
  }

  #asked(payload: unknown): void {
    const approval = approvalOf(payload);
    if (approval) this.#setApprovals([...this.#pending.filter(({ id }) => id !== approval.id), approval]);
  }

  #decided(id: string | undefined): void {
    this.#setApprovals(this.#pending.filter((one) => one.id !== id));
  }

  #setApprovals(pending: readonly Approval[]): void {
    this.#pending = pending;
    const isHere = ({ sessionKey }: Approval): boolean => sessionKey === this.#key;
    this.#set({ approvals: pending.filter(isHere), elsewhere: pending.filter((one) => !isHere(one)) });
  }

  #set(change: Partial<ConversationShown>): void {
    if (this.#isClosed) return;
    this.shown = { ...this.shown, ...change };
    this.#effects.changed();
  }
}
