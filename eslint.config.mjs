import tseslint from "typescript-eslint";

export default tseslint.config(
  {
    ignores: [
      "artifacts",
      "cache",
      "coverage",
      "data",
      "dist",
      "deployments",
      "typechain-types",
      "kernels",
      "bench/node_modules",
      "**/*.cjs",
      "**/*.mjs",
      "**/*.js",
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-require-imports": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      eqeqeq: "error",
      "no-console": "off",
    },
  },
  {
    files: ["src/**/*.ts", "tasks/**/*.ts", "deploy/**/*.ts"],
    ignores: ["src/hardhat/**"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "process", property: "env", message: "src/hardhat/ alone reads the environment: take a setting." },
        { object: "globalThis", property: "process", message: "src/hardhat/ alone reads the environment." },
      ],
      "no-restricted-imports": [
        "error",
        {
          paths: ["process", "node:process"].map((name) => ({
            name,
            message: "process is global; its env is not for all.",
          })),
        },
      ],
    },
  },
  {
    // chai's assertions are expressions (`expect(x).to.be.true`).
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-expressions": "off" },
  },
  {
    // A snapshot is gone once an earlier one was restored: whoever keeps snapshots of their own breaks those of others.
    files: ["test/**/*.ts"],
    ignores: ["test/support/chain.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          name: "@nomicfoundation/hardhat-network-helpers",
          importNames: ["loadFixture", "clearSnapshots", "takeSnapshot", "reset"],
          message: "Begin with a fixture of test/support/chain.ts.",
        },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector: "Literal[value=/^(evm_snapshot|evm_revert|hardhat_reset)$/]",
          message: "Begin with a fixture of test/support/chain.ts, or take a Checkpoint.",
        },
        {
          selector: "MemberExpression[object.name='deployments'][property.name=/^(fixture|createFixture|run)$/]",
          message: "Begin with a fixture of test/support/chain.ts.",
        },
        {
          selector:
            "MemberExpression[object.property.name='deployments'][property.name=/^(fixture|createFixture|run)$/]",
          message: "Begin with a fixture of test/support/chain.ts.",
        },
      ],
    },
  },
);
