/** Why a copy of a shard is made: the deal's first, one for a lost one, or one before its sector ends. */
export type CopyPurpose = "place" | "repair" | "renew";
