/** Told synchronously, in the order of subscription. A listener must not throw. */
export class Topic<T> {
  private readonly listeners = new Set<(news: T) => void>();

  /** Returns the way out. */
  subscribe(listener: (news: T) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(news: T): void {
    for (const listener of this.listeners) listener(news);
  }
}

/** Topics by key; a key without listeners takes no memory. */
export class KeyedTopic<T> {
  private readonly topics = new Map<string, { readonly topic: Topic<T>; count: number }>();

  subscribe(key: string, listener: (news: T) => void): () => void {
    const entry = this.topics.get(key) ?? { topic: new Topic<T>(), count: 0 };
    this.topics.set(key, entry);
    entry.count += 1;
    const leave = entry.topic.subscribe(listener);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      leave();
      entry.count -= 1;
      if (entry.count === 0) this.topics.delete(key);
    };
  }

  publish(key: string, news: T): void {
    this.topics.get(key)?.topic.publish(news);
  }
}
