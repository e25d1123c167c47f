import { Webhook as Signer } from 'standardwebhooks';
import { GuardedPostClient, type PostAnswer, type PostSettings } from '../calls/guarded-post.client.js';

const STANDARD_SECRET = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const STANDARD_PREFIX = 'whsec_';

/** One message to a webhook. `id` stays the same however often it is sent. */
export interface WebhookMessage {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  /** JSON. */
  readonly body: string;
  /** Epoch milliseconds of this attempt. */
  readonly now: number;
}

/** Sends signed messages as Standard Webhooks has them. */
export class WebhookSenderClient {
  private readonly client: GuardedPostClient;

  constructor(settings: PostSettings) {
    this.client = new GuardedPostClient(settings);
  }

  /** Never throws, except the signal's reason when the caller aborts. */
  send({ id, url, secret, body, now }: WebhookMessage, signal: AbortSignal): Promise<PostAnswer> {
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
      'webhook-signature': signerOf(secret).sign(id, new Date(now), body),
    };
    return this.client.post({ url, headers, body }, signal);
  }
}

/** `whsec_` and base64 is the key in the form of the specification; any other text is the key itself, in UTF-8. */
function signerOf(secret: string): Signer {
  const isStandard = secret.length > STANDARD_PREFIX.length && STANDARD_SECRET.test(secret);
  return isStandard ? new Signer(secret) : new Signer(Buffer.from(secret), { format: 'raw' });
}
