/** Bodies of requests that have one. */
import type { Readable } from 'node:stream';
import { ApiFailure } from './failure.ts';

/** What a body may have: those that are taken say a few words. */
const BODY_BYTES = 64 * 1024;

/**
 * The text of a body. What is too long is let come in all the same, and not kept: a connection that ends before is an error to the proxy in front.
 * @throws ApiFailure RequestEntityTooLarge.
 */
export const readBody = async (payload: Readable): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > BODY_BYTES) {
    throw new ApiFailure('RequestEntityTooLarge', `the body of the request has more than ${BODY_BYTES / 1024} KiB`);
  }
  return Buffer.concat(chunks).toString();
};
