/** The port to one Kea server, with its errors. */
import { KnownError } from '../runtime/errors.ts';
import { withPort } from './address.ts';
import type { CommandName, Commands } from './commands.ts';
import type { Family } from './family.ts';

/** Where one server's control channel is, and how to prove who we are. Holds secrets: never logged. */
export interface KeaEndpoint {
  /** The server's name in the pair. */
  readonly name: string;
  /** `https://192.0.2.1:8000/`, `https://[2001:db8::1]:8000/` */
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly auth: { readonly user: string; readonly password: string };
}

/** As Kea's HA hook takes it as well. */
export const urlOf = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `https://${withPort(address, port)}/`;

/** One Kea server's control channel. Commands are typed by name (commands.ts). */
export interface KeaClient {
  readonly name: string;
  /** Of the daemon behind it. */
  readonly family: Family;
  /** Throws KeaRefused where Kea answers with an error, KeaUnreachable where it does not answer. */
  call<C extends CommandName>(
    command: C,
    args: Commands[C]['args'],
    signal?: AbortSignal,
  ): Promise<Commands[C]['answer']>;
  close(): Promise<void>;
}

/**
 * What was sent is refused: by Kea's result 1 (error), 2 (unsupported), 4 (conflict), or by an HTTP status that speaks of the request: 400, as of what is
 * nested beyond some 90 levels. Result 3 (empty) is no error: the answer is undefined.
 */
export class KeaRefused extends KnownError {
  override readonly name = 'KeaRefused';
  readonly reason = 'ServerRefused';
  readonly command: string;
  /** Kea's result, or the HTTP status. */
  readonly result: number;
  /** Kea's own text, legible and of bounded length. */
  readonly text: string;
  constructor(command: string, result: number, text: string) {
    super(`${command}: ${text}`);
    this.command = command;
    this.result = result;
    this.text = text;
  }
}

/** No answer that is one: connection refused, TLS failure, time-out, HTTP 401 or 503, no JSON of Kea, more than the command may answer. It says nothing of what was sent. */
export class KeaUnreachable extends KnownError {
  override readonly name = 'KeaUnreachable';
  readonly reason = 'ServersUnreachable';
  /** Whom the certificate names of a server that answers there and is not of this pair. */
  readonly stranger: string | undefined;
  constructor(message: string, stranger?: string) {
    super(message);
    this.stranger = stranger;
  }
}
