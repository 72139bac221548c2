import type { LoopState } from "../../service/loop";
import type { PieceFolder } from "../../store/pieceFolder";
import type { Metrics } from "../metrics";
import type { OpenKeeper } from "../open";
import type { TickReport } from "../tick";

/** What the routes of the node answer from. */
export interface NodeParts {
  keeper: OpenKeeper;
  pieces: PieceFolder;
  metrics: Metrics;
  loop: LoopState<TickReport>;
  wake(): void;
  token?: string;
  maxUploadBytes: number;
  requestsPerMinute: number;
}
