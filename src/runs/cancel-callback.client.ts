import { GuardedPostClient, type PostAnswer, type PostSettings } from '../calls/guarded-post.client.js';

/** Where the initiator of a session wants to be told that its run shall end. */
export interface CancelCallback {
  readonly url: string;
  /** Sent as `authorization: Bearer …`. */
  readonly bearer?: string | undefined;
}

/** The form that public agents understand; `sessionId` is for those that play several. */
export interface CallbackMessage {
  readonly runId: string;
  readonly sessionId: string;
  readonly reason: string;
}

export type CallbackAnswer =
  /** 2xx: the initiator took the request. What becomes of the session, only the runtime can say. */
  | { readonly outcome: 'accepted'; readonly httpStatus: number }
  /** Any other status; a redirect too, since it is not followed. */
  | { readonly outcome: 'declined'; readonly httpStatus: number }
  | Exclude<PostAnswer, { outcome: 'answered' }>;

/** Calls an agent on behalf of whoever launched a run. The URL came with the request, so it goes through the guard. */
export class CancelCallbackClient {
  private readonly client: GuardedPostClient;

  constructor(settings: PostSettings) {
    this.client = new GuardedPostClient(settings);
  }

  /** Never throws, except the signal's reason when the caller aborts. */
  async tell(callback: CancelCallback, message: CallbackMessage, signal?: AbortSignal): Promise<CallbackAnswer> {
    const { url, bearer } = callback;
    const headers: Record<string, string> = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    const answer = await this.client.post({ url, headers, body: JSON.stringify(message) }, signal);
    if (answer.outcome !== 'answered') return answer;
    const { httpStatus } = answer;
    return { outcome: httpStatus >= 200 && httpStatus < 300 ? 'accepted' : 'declined', httpStatus };
  }
}
