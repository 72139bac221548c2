/** What a status means: Curio's own name of the code, and whether the same request may succeed later. */
interface Mk20Failure {
  name: string;
  retryable: boolean;
}

export type Mk20Failures = Readonly<Record<number, Mk20Failure>>;

const final = (name: string): Mk20Failure => ({ name, retryable: false });
const passing = (name: string): Mk20Failure => ({ name, retryable: true });

/** `mk20.DealCode`. */
export const DEAL_FAILURES: Mk20Failures = {
  400: final("ErrBadProposal"),
  401: final("ErrUnAuthorized"),
  404: final("ErrDealNotFound"),
  422: final("ErrUnsupportedDataSource"),
  423: final("ErrUnsupportedProduct"),
  424: final("ErrProductNotEnabled"),
  425: final("ErrProductValidationFailed"),
  426: final("ErrDealRejectedByMarket"),
  429: passing("ErrServiceOverloaded"),
  430: final("ErrMalformedDataSource"),
  440: final("ErrMarketNotEnabled"),
  441: final("ErrDurationTooShort"),
  500: passing("ErrServerInternalError"),
  503: passing("ErrServiceMaintenance"),
};

/** `mk20.UploadCode`. */
export const UPLOAD_FAILURES: Mk20Failures = {
  400: final("UploadBadRequest"),
  404: final("UploadNotFound"),
  409: final("UploadChunkAlreadyUploaded"),
  429: passing("UploadRateLimit"),
  500: passing("UploadServerError"),
};

/** `mk20.UploadStartCode`. */
export const UPLOAD_START_FAILURES: Mk20Failures = {
  400: final("UploadStartCodeBadRequest"),
  404: final("UploadStartCodeDealNotFound"),
  409: final("UploadStartCodeAlreadyStarted"),
  500: passing("UploadStartCodeServerError"),
};

/** `mk20.UploadStatusCode`. */
export const UPLOAD_STATUS_FAILURES: Mk20Failures = {
  404: final("UploadStatusCodeDealNotFound"),
  425: final("UploadStatusCodeUploadNotStarted"),
  500: passing("UploadStatusCodeServerError"),
};

/** Answers that have no code of their own, on any path: a bad request, a limit on the rate, a proxy in between. */
const PLAIN_FAILURES: Mk20Failures = {
  400: final("BadRequest"),
  401: DEAL_FAILURES[401]!,
  404: final("NotFound"),
  408: passing("RequestTimeout"),
  429: passing("TooManyRequests"),
  500: passing("InternalServerError"),
  502: passing("BadGateway"),
  503: DEAL_FAILURES[503]!,
  504: passing("GatewayTimeout"),
};

export interface Mk20Operation {
  method: "GET" | "POST" | "PUT";
  /** Below the market's own path; what stands in braces is filled in. */
  path: string;
  failures: Mk20Failures;
}

/** Everything that mk20 serves to programs. */
export const MK20_OPERATIONS = {
  proposeDeal: { method: "POST", path: "/deal", failures: DEAL_FAILURES },
  dealStatus: { method: "GET", path: "/status/{id}", failures: {} },
  updateDeal: { method: "POST", path: "/update/{id}", failures: DEAL_FAILURES },
  upload: {
    method: "PUT",
    path: "/upload/{id}",
    failures: { ...UPLOAD_FAILURES, 404: UPLOAD_START_FAILURES[404]! },
  },
  finishUpload: { method: "POST", path: "/upload/{id}", failures: DEAL_FAILURES },
  startChunks: { method: "POST", path: "/uploads/{id}", failures: UPLOAD_START_FAILURES },
  chunkStatus: { method: "GET", path: "/uploads/{id}", failures: UPLOAD_STATUS_FAILURES },
  uploadChunk: { method: "PUT", path: "/uploads/{id}/{chunkNum}", failures: UPLOAD_FAILURES },
  finishChunks: { method: "POST", path: "/uploads/finalize/{id}", failures: DEAL_FAILURES },
  products: { method: "GET", path: "/products", failures: {} },
  sources: { method: "GET", path: "/sources", failures: {} },
  contracts: { method: "GET", path: "/contracts", failures: {} },
} as const satisfies Record<string, Mk20Operation>;

/** What a status means as the answer to an operation. */
export function failureOf({ failures }: Pick<Mk20Operation, "failures">, status: number): Mk20Failure {
  return failures[status] ?? PLAIN_FAILURES[status] ?? { name: `HTTP${status}`, retryable: status >= 500 };
}

/** A provider refused, did not answer, or gave an answer that is not mk20. `retryable`: the same request may succeed later. */
export class Mk20Error extends Error {
  override readonly name = "Mk20Error";
  constructor(
    message: string,
    /** The code's name in Curio, `Unreachable` when no answer came, `Unintelligible` when it is not mk20. */
    readonly code: string,
    readonly retryable: boolean,
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
