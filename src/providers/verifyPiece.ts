import { commitPiece, type Piece } from "../data/piece";
import { pieceCidV2 } from "../data/pieceCid";
import { parentOf, zeroRoot } from "../data/pieceTree";

/** The bytes are not those of the expected piece. */
export class PieceMismatchError extends Error {
  override readonly name = "PieceMismatchError";
}

/** Reads a payload to its end and returns its piece; throws PieceMismatchError when it is not the wanted one. */
export async function verifyPiece(
  source: AsyncIterable<Uint8Array>,
  wanted: { root: Uint8Array; height: number },
): Promise<Piece> {
  const found = await commitPiece(source);
  // A piece may be larger than its payload needs: its tree is then filled up with zeros.
  let root = found.root;
  for (let height = found.height; height < wanted.height; height++) root = parentOf(root, zeroRoot(height));
  if (found.height > wanted.height || Buffer.compare(root, wanted.root) !== 0)
    throw new PieceMismatchError(
      `the bytes are ${pieceCidV2(found)}, not the piece with root 0x${Buffer.from(wanted.root).toString("hex")}`,
    );
  return { root: wanted.root, height: wanted.height, payloadBytes: found.payloadBytes };
}

/** Passes a payload on; throws PieceMismatchError as soon as it has more than `payloadBytes` bytes. */
export async function* atMost(source: AsyncIterable<Uint8Array>, payloadBytes: bigint): AsyncGenerator<Uint8Array> {
  let left = payloadBytes;
  for await (const chunk of source) {
    left -= BigInt(chunk.length);
    if (left < 0n) throw new PieceMismatchError(`the source gave more than the ${payloadBytes} bytes expected`);
    yield chunk;
  }
}
