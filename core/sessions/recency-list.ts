interface Node {
  key: string;
  time: number;
  newer: Node | undefined;
  older: Node | undefined;
}

/** Keys by time, newest first. Moving a key to the front, which is what nearly every change does, costs nothing. */
export class RecencyList {
  readonly #nodes = new Map<string, Node>();
  #newest: Node | undefined;

  set(key: string, time: number): void {
    this.delete(key);
    let newer: Node | undefined;
    let older = this.#newest;
    while (older && older.time > time) {
      newer = older;
      older = older.older;
    }
    const node: Node = { key, time, newer, older };
    if (newer) newer.older = node;
    else this.#newest = node;
    if (older) older.newer = node;
    this.#nodes.set(key, node);
  }

  delete(key: string): void {
    const node = this.#nodes.get(key);
    if (!node) return;
    if (node.newer) node.newer.older = node.older;
    else this.#newest = node.older;
    if (node.older) node.older.newer = node.newer;
    this.#nodes.delete(key);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let node = this.#newest; node; node = node.older) yield node.key;
  }
}
