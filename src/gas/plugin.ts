/** `import "filecoin-raas/gas"` in another project's Hardhat configuration: the task `gas`, and what is behind it. */
import "./task";

export * from "./index";
