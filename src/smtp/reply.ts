/**
 * SMTP replies: from bytes to `Reply`, one reply at a time (RFC 5321, section 4.2).
 *
 * Pure: bytes go in, replies come out, and nothing here knows of sockets, steps or time. Bytes are kept as
 * strings of one character a byte (latin1), so that nothing a hostile peer sends is lost or rewritten.
 */

/** One complete reply. `lines` hold the text behind the code, without the enhanced status code. */
export interface Reply {
  readonly kind: 'reply';
  /** Three digits, 200 to 599 (RFC 5321, section 4.2.1). */
  readonly code: number;
  /** Enhanced status code of the first line, such as `2.1.5` (RFC 2034, section 4). */
  readonly enhanced?: string;
  readonly lines: readonly string[];
}

/** Bytes that are no reply: a line without a code, a code that changes between lines, or too much of anything. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: 'no-code' | 'code-changed' | 'too-long';
  readonly bytes: string;
}

export interface ReplyLimits {
  /** Bytes in one line, CRLF included. RFC 5321 allows 512; real servers send more. */
  readonly line: number;
  /** Bytes in one reply, all lines together. */
  readonly total: number;
}

export const REPLY_LIMITS: ReplyLimits = { line: 4_096, total: 65_536 };

const FIRST_LINE = /^([2-5][0-9]{2})(?:([ -])(.*))?$/s;
const ENHANCED = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: |$)/;
const EXCERPT = 256;

/**
 * Collects bytes until a reply is complete. A parser belongs to one phase of one connection: what it still
 * holds when TLS starts is handed out by `rest` and must not be parsed any further.
 */
export class ReplyParser {
  #buffer = '';
  #code = 0;
  #size = 0;
  #lines: string[] = [];
  #overflown = false;
  readonly #limits: ReplyLimits;

  constructor(limits: ReplyLimits = REPLY_LIMITS) {
    this.#limits = limits;
  }

  feed(bytes: string): void {
    if (!this.#overflown) this.#buffer += bytes;
  }

  /** Whether a line has arrived that `next` has not looked at yet. */
  get holdsLine(): boolean {
    return this.#buffer.includes('\n');
  }

  /** The next complete reply, or undefined while it is still on its way. */
  next(): Reply | Malformed | undefined {
    for (;;) {
      const end = this.#buffer.indexOf('\n');
      const overlong = (end < 0 ? this.#buffer.length : end) >= this.#limits.line;
      if (overlong) return this.#overflow(this.#buffer);
      if (end < 0) return undefined;
      const line = this.#buffer.slice(0, this.#buffer[end - 1] === '\r' ? end - 1 : end);
      this.#buffer = this.#buffer.slice(end + 1);
      this.#size += end + 1;
      if (this.#size > this.#limits.total) return this.#overflow(line);
      const complete = this.#line(line);
      if (complete !== undefined) return complete;
    }
  }

  /** What has arrived and is no complete reply; the parser is empty afterwards. */
  rest(): string {
    const rest = this.#lines.map(line => `${this.#code}-${line}\r\n`).join('') + this.#buffer;
    this.#buffer = '';
    this.#begin();
    return rest;
  }

  #line(line: string): Reply | Malformed | undefined {
    const match = FIRST_LINE.exec(line);
    if (match === null) return this.#malformed('no-code', line);
    const code = Number(match[1]);
    if (this.#lines.length > 0 && code !== this.#code) return this.#malformed('code-changed', line);
    this.#code = code;
    this.#lines.push(match[3] ?? '');
    return match[2] === '-' ? undefined : this.#reply();
  }

  #reply(): Reply {
    const enhanced = ENHANCED.exec(this.#lines[0] ?? '')?.[1];
    const lines =
      enhanced === undefined
        ? this.#lines
        : this.#lines.map(text =>
            `${text} `.startsWith(`${enhanced} `) ? text.slice(enhanced.length + 1) : text,
          );
    const code = this.#code;
    this.#begin();
    return enhanced === undefined ? { kind: 'reply', code, lines } : { kind: 'reply', code, enhanced, lines };
  }

  #malformed(reason: Malformed['reason'], line: string): Malformed {
    this.#begin();
    return { kind: 'malformed', reason, bytes: line.slice(0, EXCERPT) };
  }

  #overflow(bytes: string): Malformed {
    this.#overflown = true;
    this.#buffer = '';
    return this.#malformed('too-long', bytes);
  }

  #begin(): void {
    this.#code = 0;
    this.#size = 0;
    this.#lines = [];
  }
}

/** 503 is what the RFC has for it; servers say 500 to 504. A 530 asks for TLS first, and says nothing of the order. */
export const isOutOfOrder = (reply: Reply | Malformed | undefined): boolean =>
  reply?.kind === 'reply' && reply.code >= 500 && reply.code <= 504;

/**
 * Codes by which a server may take its leave in plaintext where TLS does not come about: 221 and 421 close (RFC 5321,
 * sections 4.2.2 and 3.8), 454 and 554 say why (RFC 3207, sections 4 and 4.1).
 */
export const PARTING: readonly number[] = [221, 421, 454, 554];
